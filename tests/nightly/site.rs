//! A site of our own on loopback: it speaks ModernGov's answers and misbehaves on command.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the site answers.
#[derive(Clone)]
pub(crate) enum Reply {
    /// As it should, with these headers.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Less than it promises.
    Short(usize, Vec<u8>),
    /// A byte now and then, for ever.
    Drip,
    /// Nothing: it hangs up.
    HangUp,
    /// Something is done, then it answers.
    Doing(Arc<dyn Fn() + Send + Sync>, Box<Reply>),
    /// The first answer once, then the second.
    Then(Box<Reply>, Box<Reply>),
}

impl Reply {
    pub(crate) fn ok(body: impl AsRef<[u8]>) -> Reply {
        Reply::Whole(200, vec![], body.as_ref().to_vec())
    }

    pub(crate) fn tagged(body: impl AsRef<[u8]>, tag: &str) -> Reply {
        Reply::Whole(200, vec![("ETag", tag.to_owned())], body.as_ref().to_vec())
    }

    pub(crate) fn status(status: u16) -> Reply {
        Reply::Whole(status, vec![], b"<html><body>No</body></html>".to_vec())
    }

    pub(crate) fn to(place: &str) -> Reply {
        Reply::Whole(302, vec![("Location", place.to_owned())], vec![])
    }
}

/// A request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) target: String,
    pub(crate) head: String,
}

pub(crate) struct Site {
    pub(crate) url: String,
    replies: Arc<Mutex<BTreeMap<String, Reply>>>,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Site {
    pub(crate) fn new() -> Site {
        Site::at("127.0.0.1")
    }

    /// At an address of this machine.
    pub(crate) fn at(address: &str) -> Site {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (replies, log) = (Arc::new(Mutex::new(BTreeMap::new())), Arc::new(Mutex::new(Vec::new())));
        let site = Site { url, replies: Arc::clone(&replies), log: Arc::clone(&log) };
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, log) = (Arc::clone(&replies), Arc::clone(&log));
                std::thread::spawn(move || serve(&stream, &replies, &log));
            }
        });
        site
    }

    /// From now on targets that begin so are answered so; the longest beginning counts.
    pub(crate) fn on(&self, target: &str, reply: Reply) -> &Site {
        self.replies.lock().unwrap().insert(target.to_owned(), reply);
        self
    }

    /// What was asked for since the last look.
    pub(crate) fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    /// The meetings of the site, by number and day, and what each answers.
    pub(crate) fn meetings(&self, meetings: &[(u32, &str, &str)]) -> &Site {
        let mut list = String::new();
        for (id, day, documents) in meetings {
            let _ = write!(
                list,
                "<meeting><meetingid>{id}</meetingid><meetingdate>{day}</meetingdate></meeting>"
            );
            self.on(
                &format!("/mgWebService.asmx/GetMeeting?lMeetingId={id}"),
                Reply::ok(meeting(*id, day, documents)),
            );
        }
        let list = format!("<?xml version=\"1.0\"?><getmeetings><meetings>{list}</meetings></getmeetings>");
        self.on("/mgWebService.asmx/GetAllMeetingsByDate", Reply::ok(&list));
        self.on("/mgWebService.asmx/GetMeetings", Reply::ok(&list))
    }

    /// One meeting with one pack, listed.
    pub(crate) fn one_pack(&self, reply: Reply) -> &Site {
        let pack = link("Public reports pack", &format!("{}{PACK}", self.url), "False");
        self.meetings(&[(34, "30/11/2026", &pack)]).on(PACK, reply)
    }
}

/// A site whose certificate is its own: it says hello under TLS, and counts whom it may answer.
pub(crate) fn untrusted() -> (String, Arc<Mutex<usize>>) {
    // openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500 -subj /CN=nobody
    //   -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE
    let certificate = include_bytes!("untrusted.crt.der").as_slice().into();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(include_bytes!("untrusted.key.der").as_slice());
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())
        .unwrap();
    let (config, trusted) = (Arc::new(config), Arc::new(Mutex::new(0)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let count = Arc::clone(&trusted);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut tls = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            while tls.is_handshaking() && tls.complete_io(&mut stream).is_ok() {}
            *count.lock().unwrap() += usize::from(!tls.is_handshaking());
        }
    });
    (url, trusted)
}

/// Where the pack of meeting 34 is.
pub(crate) const PACK: &str = "/documents/g34/Public%20reports%20pack.pdf?T=10";

/// An answer of `GetMeeting`: an invented council, titles escaped twice as the service does.
pub(crate) fn meeting(id: u32, day: &str, documents: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><getmeeting><committee><committeeid>12</committeeid>\
         <committeetitle>Works &amp;amp; Ways Panel</committeetitle></committee><meetingid>{id}</meetingid>\
         <meetingdate>{day}</meetingdate><meetingtime>10.30 am</meetingtime>\
         <meetinglocation>The Long Room</meetinglocation><agendapublished>True</agendapublished>\
         <linkeddocuments>{documents}</linkeddocuments>\
         <agendaitems><agendaitem><agendaitemtitle>Apologies</agendaitemtitle>\
         <fulldisplaynumberformat>1.</fulldisplaynumberformat><isrestricted>False</isrestricted></agendaitem>\
         <agendaitem><agendaitemtitle>A matter of staff</agendaitemtitle><isrestricted>True</isrestricted>\
         <linkeddocuments>{}</linkeddocuments></agendaitem></agendaitems></getmeeting>",
        link("Exempt report", "documents/s666/Exempt.pdf", "False"),
    )
}

/// A linked document.
pub(crate) fn link(title: &str, url: &str, restricted: &str) -> String {
    format!(
        "<linkeddoc><attachmentid>7</attachmentid><title>{title}</title><isurl>False</isurl><url>{url}</url>\
         <isrestricted>{restricted}</isrestricted></linkeddoc>"
    )
}

fn serve(stream: &TcpStream, replies: &Mutex<BTreeMap<String, Reply>>, log: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    // Connections are kept open, as real sites do.
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or_default() == 0 {
                return;
            }
        }
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        log.lock().unwrap().push(Request { target: target.clone(), head: head.clone() });
        let reply = {
            let mut replies = replies.lock().unwrap();
            let found =
                replies.keys().filter(|k| target.starts_with(k.as_str())).max_by_key(|k| k.len()).cloned();
            let reply = found.as_ref().map_or(Reply::status(404), |k| replies[k].clone());
            match (reply, found) {
                (Reply::Then(now, later), Some(key)) => {
                    replies.insert(key, *later);
                    *now
                }
                (reply, _) => reply,
            }
        };
        if !answer(stream, &reply, &head) {
            return;
        }
    }
}

/// Answers; says whether the connection goes on.
fn answer(mut stream: &TcpStream, reply: &Reply, head: &str) -> bool {
    match reply {
        Reply::Whole(status, headers, body) => {
            let has = |name: &str, value: &str| head.to_lowercase().contains(&format!("{name}: {value}"));
            let same = headers.iter().any(|(n, v)| *n == "ETag" && has("if-none-match", &v.to_lowercase()));
            let (status, body) = if same { (304, &[][..]) } else { (*status, &body[..]) };
            let mut text = format!("HTTP/1.1 {status} X\r\n");
            if !same {
                let _ = write!(text, "Content-Length: {}\r\n", body.len());
            }
            for (name, value) in headers {
                let _ = write!(text, "{name}: {value}\r\n");
            }
            text.push_str("\r\n");
            stream.write_all(text.as_bytes()).is_ok() && stream.write_all(body).is_ok()
        }
        Reply::Short(promised, body) => {
            let text = format!("HTTP/1.1 200 X\r\nContent-Length: {promised}\r\n\r\n");
            let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.write_all(body));
            let _ = stream.shutdown(std::net::Shutdown::Both);
            false
        }
        Reply::Drip => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
            while stream.write_all(b"1\r\n%\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
            false
        }
        Reply::HangUp => {
            let _ = stream.shutdown(std::net::Shutdown::Both);
            let _ = stream.read(&mut [0; 1]);
            false
        }
        Reply::Doing(what, reply) => {
            what();
            answer(stream, reply, head)
        }
        Reply::Then(..) => unreachable!("taken apart before"),
    }
}
