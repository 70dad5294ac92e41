//! Asks a site: politely (one request at a time, a pause between two, back-off where it is busy), with
//! a condition where an answer is known, and with caps on size, time, redirects and addresses.

use super::FETCHING;
use super::address::{Scope, is_public};
use super::memory::{Memory, Validators};
use super::options::FetchOptions;
use crate::error::Error;
use crate::limits;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;
use ureq::http::{HeaderMap, Uri};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};
use url::Url;

/// Redirects followed for one request; real sites need one or two.
const REDIRECTS: u8 = 5;

/// How hosts are asked, over all sources of a run.
#[derive(Debug)]
pub struct Pace {
    delay: Duration,
    /// When each host was asked last.
    asked: Mutex<BTreeMap<String, Instant>>,
    /// What hosts, with their port, have against them. With [`STRIKES`] one is not asked again.
    strikes: Mutex<BTreeMap<String, u8>>,
}

/// Downloads that may be too slow before a host is left alone: each can cost minutes.
const STRIKES: u8 = 3;

impl Pace {
    /// As configured.
    pub fn new(options: &FetchOptions) -> Pace {
        Pace {
            delay: Duration::from_millis(options.delay_ms),
            asked: Mutex::default(),
            strikes: Mutex::default(),
        }
    }

    /// How long the host must be left in peace yet; with that it counts as asked.
    fn turn(&self, url: &Url) -> Duration {
        let now = Instant::now();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let last = asked.get(url.host_str().unwrap_or_default());
        let at = last.map_or(now, |last| (*last + self.delay).max(now));
        asked.insert(url.host_str().unwrap_or_default().to_owned(), at);
        at - now
    }

    /// Holds something against a host.
    fn strike(&self, url: &Url, strikes: u8) {
        let mut all = self.strikes.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(url.authority().to_owned()).or_default();
        *count = count.saturating_add(strikes);
    }

    /// Whether a host is left alone for the rest of the run.
    fn is_out(&self, url: &Url) -> bool {
        let all = self.strikes.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(url.authority()).is_some_and(|n| *n >= STRIKES)
    }
}

/// What came of a request.
#[derive(Debug)]
pub enum Answer<T> {
    /// What is known still stands.
    Same,
    /// What came, and what to ask with the next time.
    New(T, Validators),
}

/// Asks one source's site.
#[derive(Debug)]
pub struct Http<'a> {
    /// What may be asked for.
    pub scope: Scope,
    agent: Agent,
    options: &'a FetchOptions,
    pace: Arc<Pace>,
    stop: &'a AtomicBool,
}

/// Why a try failed: with an answer, or without one.
enum Failed {
    /// For good, as far as this run goes.
    Now(Error),
    /// It may pass; the site may have said when.
    Later(Error, Option<Duration>),
    /// There was no answer at all.
    Silent(Error),
}

impl<'a> Http<'a> {
    /// For one site.
    ///
    /// # Errors
    /// The contact cannot be part of a header.
    pub fn new(
        options: &'a FetchOptions,
        scope: Scope,
        pace: Arc<Pace>,
        stop: &'a AtomicBool,
    ) -> Result<Http<'a>, Error> {
        let contact = options.contact.as_deref().unwrap_or_default();
        let name = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
        let seconds = |s: u64| Some(Duration::from_secs(s.max(1)));
        let config = Agent::config_builder()
            .user_agent(format!("{name} (+{contact})"))
            .accept("application/pdf, application/xml, text/xml, */*;q=0.1")
            // Compression would let a small answer become a large one.
            .accept_encoding("identity")
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy would look up names in our place, and we could not check where they lead.
            .proxy(None)
            .max_idle_connections_per_host(1)
            .max_response_header_size(64 << 10)
            .timeout_connect(seconds(options.timeout_s))
            .timeout_recv_response(seconds(options.timeout_s))
            .timeout_global(seconds(options.download_s))
            .build();
        let guard = Guard { local: scope.local, names: DefaultResolver::default() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), guard);
        Ok(Http { scope, agent, options, pace, stop })
    }

    /// An answer in memory, remembered so that the next run asks with a condition.
    ///
    /// # Errors
    /// It could not be had.
    pub fn text(&self, link: &str, memory: &mut Memory) -> Result<Vec<u8>, Error> {
        let url = self.scope.resolve(&self.scope.site, link)?;
        let kept = memory.answer(url.as_str());
        let cap = limits::MEETING_XML_BYTES as u64;
        let got = self.get(&url, kept.as_ref().map(|(v, _)| v), cap, &memory.folder, || Ok(Vec::new()))?;
        match (got, kept) {
            (Answer::New(bytes, validators), _) => {
                memory.keep_answer(url.as_str(), &validators, &bytes);
                Ok(bytes)
            }
            (Answer::Same, Some((_, bytes))) => Ok(bytes),
            (Answer::Same, None) => Err(Error::HttpStatus { url: url.into(), status: 304 }),
        }
    }

    /// A download into a file.
    ///
    /// # Errors
    /// It could not be had.
    pub fn file(
        &self,
        link: &str,
        known: Option<&Validators>,
        folder: &Path,
    ) -> Result<Answer<NamedTempFile>, Error> {
        let url = self.scope.resolve(&self.scope.site, link)?;
        let cap = self.options.max_mb.saturating_mul(1 << 20).min(limits::FILE_BYTES);
        self.get(&url, known, cap, folder, || {
            let file = tempfile::Builder::new().prefix(FETCHING).tempfile_in(folder);
            file.map_err(|source| Error::Write { path: folder.to_owned(), source })
        })
    }

    /// Asks until there is an answer, or no more hope for one.
    fn get<T: Write>(
        &self,
        url: &Url,
        known: Option<&Validators>,
        cap: u64,
        place: &Path,
        sink: impl Fn() -> Result<T, Error>,
    ) -> Result<Answer<T>, Error> {
        if self.pace.is_out(url) {
            let detail = "the host failed before in this run, and is left alone".into();
            return Err(Error::Unreachable { url: url.to_string(), detail });
        }
        let mut tries = 0;
        loop {
            let (error, wait, silent) = match self.follow(url, known, (cap, place), sink()?) {
                Ok(answer) => return Ok(answer),
                Err(Failed::Now(error)) => {
                    self.pace.strike(url, u8::from(matches!(error, Error::TooSlow { .. })));
                    return Err(error);
                }
                Err(Failed::Later(error, wait)) => (error, wait, false),
                Err(Failed::Silent(error)) => (error, None, true),
            };
            let asked_for = wait.unwrap_or_default();
            if asked_for > Duration::from_secs(self.options.wait_s) {
                self.pace.strike(url, STRIKES);
                let detail = format!("the site asks to be left in peace for {} seconds", asked_for.as_secs());
                return Err(Error::Unreachable { url: url.to_string(), detail });
            }
            if tries >= self.options.retries {
                self.pace.strike(url, if silent { STRIKES } else { 0 });
                return Err(error);
            }
            tries += 1;
            self.sleep(asked_for.max(self.pace.delay.saturating_mul(1 << tries.min(6))))?;
        }
    }

    /// One try, over its redirects.
    fn follow<T: Write>(
        &self,
        first: &Url,
        known: Option<&Validators>,
        room: (u64, &Path),
        mut sink: T,
    ) -> Result<Answer<T>, Failed> {
        let mut url = first.clone();
        let mut seen = BTreeSet::new();
        for _ in 0..=REDIRECTS {
            if !seen.insert(url.to_string()) {
                break;
            }
            let mut response = self.ask(&url, known)?;
            let status = response.status().as_u16();
            match status {
                200 => {
                    let headers = response.headers();
                    let header = |name| header(headers, name);
                    let validators =
                        Validators { etag: header("etag"), last_modified: header("last-modified") };
                    let length = header("content-length").and_then(|l| l.parse().ok());
                    self.copy(&url, response.body_mut(), room, length, &mut sink)?;
                    return Ok(Answer::New(sink, validators));
                }
                304 if known.is_some() => return Ok(Answer::Same),
                301 | 302 | 303 | 307 | 308 => {
                    let to = header(response.headers(), "location").unwrap_or_default();
                    url = self.scope.resolve(&url, &to).map_err(Failed::Now)?;
                }
                429 | 500..=599 => {
                    let detail = format!("it answers with status {status}");
                    let error = Error::Unreachable { url: url.to_string(), detail };
                    return Err(Failed::Later(error, retry_after(response.headers())));
                }
                _ => return Err(Failed::Now(Error::HttpStatus { url: url.to_string(), status })),
            }
        }
        let detail = "it leads from one redirect to the next".into();
        Err(Failed::Now(Error::AddressRefused { url: first.to_string(), detail }))
    }

    /// One request, in its turn.
    fn ask(&self, url: &Url, known: Option<&Validators>) -> Result<ureq::http::Response<Body>, Failed> {
        self.sleep(self.pace.turn(url)).map_err(Failed::Now)?;
        let mut request = self.agent.get(url.as_str());
        if let Some(etag) = known.and_then(|k| k.etag.as_ref()) {
            request = request.header("If-None-Match", etag);
        }
        if let Some(time) = known.and_then(|k| k.last_modified.as_ref()) {
            request = request.header("If-Modified-Since", time);
        }
        request.call().map_err(|error| match error {
            ureq::Error::Io(e) if LocalAddress::is_why(&e) => {
                Failed::Now(Error::AddressRefused { url: url.to_string(), detail: e.to_string() })
            }
            ureq::Error::LargeResponseHeader(..) | ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
                Failed::Now(Error::AnswerRefused { url: url.to_string(), detail: error.to_string() })
            }
            error => match certificate(&error) {
                Some(detail) => Failed::Now(Error::Certificate { url: url.to_string(), detail }),
                None => {
                    Failed::Silent(Error::Unreachable { url: url.to_string(), detail: error.to_string() })
                }
            },
        })
    }

    fn copy(
        &self,
        url: &Url,
        body: &mut Body,
        (cap, place): (u64, &Path),
        length: Option<u64>,
        sink: &mut impl Write,
    ) -> Result<(), Failed> {
        let large = || Failed::Now(Error::Limit { what: "the download's size in bytes", limit: cap });
        if length.is_some_and(|l| l > cap) {
            return Err(large());
        }
        let mut reader = body.as_reader();
        let mut buffer = vec![0; 64 << 10];
        let mut count = 0;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Failed::Now(Error::Interrupted));
            }
            let n = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(self.broken(url, e, count, length)),
            };
            count += n as u64;
            if count > cap {
                return Err(large());
            }
            sink.write_all(&buffer[..n])
                .map_err(|source| Failed::Now(Error::Write { path: place.to_owned(), source }))?;
        }
        match length {
            Some(length) if length != count => {
                let detail = format!("{count} of {length} bytes came");
                Err(Failed::Later(Error::Truncated { url: url.to_string(), detail }, None))
            }
            _ => Ok(()),
        }
    }

    /// A download that broke off.
    fn broken(&self, url: &Url, error: io::Error, count: u64, length: Option<u64>) -> Failed {
        let url = url.to_string();
        if let ureq::Error::Timeout(_) = ureq::Error::from(error) {
            return Failed::Now(Error::TooSlow { url, seconds: self.options.download_s.max(1) });
        }
        let of = length.map(|l| format!(" of {l}")).unwrap_or_default();
        Failed::Later(Error::Truncated { url, detail: format!("it broke off after {count}{of} bytes") }, None)
    }

    /// Waits, unless the user wants to stop.
    fn sleep(&self, time: Duration) -> Result<(), Error> {
        let until = Instant::now() + time;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(Duration::from_millis(100)));
        }
    }
}

/// What is wrong with a site's certificate, where that is why it was not asked.
fn certificate(error: &ureq::Error) -> Option<String> {
    let inner = match error {
        ureq::Error::Rustls(error) => error,
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
        _ => return None,
    };
    matches!(inner, rustls::Error::InvalidCertificate(_)).then(|| inner.to_string())
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.to_owned()).filter(|v| v.len() <= limits::METADATA_CHARS)
}

/// How long a site wants to be left in peace: seconds, or a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = header(headers, "retry-after")?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at =
        jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text.trim()).ok()?;
    let seconds = at.as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// Looks up names, and refuses those that lead to a local address: what is connected to is what was
/// checked, whatever the name says a moment later.
#[derive(Debug)]
struct Guard {
    local: bool,
    names: DefaultResolver,
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        match found.iter().find(|a| !self.local && !is_public(a.ip())) {
            Some(_) => Err(ureq::Error::Io(io::Error::other(LocalAddress))),
            None => Ok(found),
        }
    }
}

#[derive(Debug)]
struct LocalAddress;

impl LocalAddress {
    fn is_why(error: &io::Error) -> bool {
        error.get_ref().and_then(|e| e.downcast_ref::<LocalAddress>()).is_some()
    }
}

impl std::error::Error for LocalAddress {}

impl fmt::Display for LocalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name leads to an address that is not on the public net")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_left_in_peace_between_two_requests() {
        let pace = Pace::new(&FetchOptions { delay_ms: 60_000, ..FetchOptions::default() });
        let turn = |site: &str| pace.turn(&Url::parse(site).unwrap());
        assert_eq!(turn("https://a/x"), Duration::ZERO);
        assert!(turn("https://a/y") > Duration::from_secs(50));
        assert!(turn("http://a:81/") > Duration::from_secs(110), "each turn is after the one before");
        assert_eq!(turn("https://b/x"), Duration::ZERO);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", text.parse().unwrap());
            retry_after(&headers).map(|d| d.as_secs())
        };
        assert_eq!(after("120"), Some(120));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(0));
        assert!(after("Fri, 21 Oct 2350 07:28:00 GMT").is_some_and(|s| s > 1_000_000));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn names_that_lead_to_local_addresses_are_not_asked() {
        static NEVER: AtomicBool = AtomicBool::new(false);
        let options = FetchOptions { delay_ms: 0, retries: 0, ..FetchOptions::default() };
        for site in ["http://127.0.0.1:9/x.pdf", "http://localhost:9/x.pdf", "http://2130706433:9/x.pdf"] {
            let scope = Scope { site: Url::parse(site).unwrap(), local: false };
            let http = Http::new(&options, scope, Arc::new(Pace::new(&options)), &NEVER).unwrap();
            let error = http.file(site, None, &std::env::temp_dir()).unwrap_err();
            assert_eq!(error.code(), "address_refused", "{site}: {error}");
        }
    }
}
