//! Which addresses may be asked. A feed must not send us to another host, nor to a machine that only
//! ours can reach.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[cfg(feature = "fetch")]
use crate::error::Error;
#[cfg(feature = "fetch")]
use url::{Host, Url};

/// What one source may ask for: its own site.
#[cfg(feature = "fetch")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The site.
    pub site: Url,
    /// Whether addresses that are not on the public net may be asked: the site was configured to be one.
    pub local: bool,
}

#[cfg(feature = "fetch")]
impl Scope {
    /// The scope of a configured site. One on this machine itself is meant to be asked.
    ///
    /// # Errors
    /// It is no URL of the web.
    pub fn new(site: &str, private_network: bool) -> Result<Scope, Error> {
        let wrong =
            |why: &str| Error::Usage { detail: format!("the source's address {site} is wrong: {why}") };
        if !["https://", "http://"].iter().any(|s| site.starts_with(s)) {
            return Err(wrong("it must begin with https:// or http://"));
        }
        let url = Url::parse(site).map_err(|e| wrong(&e.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("names and passwords are not sent"));
        }
        let here = match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(wrong("it names no host")),
        };
        Ok(Scope { local: here || private_network, site: url })
    }

    /// What a link means, seen from a page of the site, if it may be asked for.
    ///
    /// # Errors
    /// It leads to another host or port, or is none of the web.
    pub fn resolve(&self, from: &Url, link: &str) -> Result<Url, Error> {
        let refused = |detail: &str| Error::AddressRefused { url: link.into(), detail: detail.into() };
        let mut url = from.join(link.trim()).map_err(|e| refused(&e.to_string()))?;
        url.set_fragment(None);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused("it is no address of the web"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it holds a name or a password"));
        }
        if url.host() != self.site.host() {
            return Err(refused(&format!("it is not on {}", self.site.host_str().unwrap_or_default())));
        }
        // Services of an encrypted site still write links with http: they mean the same place.
        let usual = |u: &Url| u.port().is_none();
        if usual(&url) && usual(&self.site) {
            if self.site.scheme() == "https" || from.scheme() == "https" {
                let _ = url.set_scheme("https");
            }
        } else if url.scheme() != self.site.scheme() || url.port() != self.site.port() {
            return Err(refused("it is at another port of the host"));
        }
        Ok(url)
    }
}

/// Whether an address is one of the public net.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        // Carrier-grade NAT, protocol assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    // Addresses that carry one of IPv4 lead where that leads.
    let v4 = |high: u16, low: u16| is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)));
    if parts[..5] == [0; 5] && matches!(parts[5], 0 | 0xffff) {
        return parts[5] == 0xffff && v4(parts[6], parts[7]);
    }
    match parts[0] {
        0x64 if parts[1] == 0xff9b => parts[2..6] == [0; 4] && v4(parts[6], parts[7]),
        0x2002 => v4(parts[1], parts[2]),
        // Teredo and documentation.
        0x2001 => parts[1] != 0 && parts[1] != 0xdb8,
        // Only 2000::/3 is given out.
        first => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_known_in_every_dress() {
        for local in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public(local.parse().unwrap()), "{local}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[cfg(feature = "fetch")]
    #[test]
    fn links_stay_on_the_site() {
        let scope = Scope::new("https://democracy.example.org/area/", false).unwrap();
        let to = |link: &str| scope.resolve(&scope.site, link).map(String::from).map_err(|e| e.code());
        assert_eq!(
            to("/documents/g1/Public reports pack.pdf?T=10"),
            Ok("https://democracy.example.org/documents/g1/Public%20reports%20pack.pdf?T=10".into())
        );
        assert_eq!(to("https://DEMOCRACY.example.org/x#y"), Ok("https://democracy.example.org/x".into()));
        assert_eq!(
            to("http://democracy.example.org/x.pdf"),
            Ok("https://democracy.example.org/x.pdf".into()),
            "never down to http"
        );
        for refused in [
            "https://elsewhere.example.org/x.pdf",
            "https://democracy.example.org.evil.example/x.pdf",
            "https://democracy.example.org@evil.example/x.pdf",
            "https://name:word@democracy.example.org/x.pdf",
            "//127.0.0.1/x.pdf",
            "http://democracy.example.org:8080/x.pdf",
            "https://democracy.example.org:8443/x.pdf",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://",
        ] {
            assert_eq!(to(refused), Err("address_refused"), "{refused}");
        }
        let plain = Scope::new("http://democracy.example.org", false).unwrap();
        assert!(plain.resolve(&plain.site, "https://democracy.example.org/x").is_ok(), "the way up");
    }

    #[cfg(feature = "fetch")]
    #[test]
    fn sites_of_this_machine_or_network_are_only_those_configured() {
        let local = |site: &str| Scope::new(site, false).unwrap().local;
        assert!(local("http://127.0.0.1:8000") && local("http://localhost") && local("http://[::1]:80"));
        assert!(!local("http://10.0.0.1") && !local("http://localhost.example.org"));
        assert!(Scope::new("http://10.0.0.1", true).unwrap().local);
        for wrong in ["democracy.example.org", "ftp://example.org", "https://a:b@example.org", "https://"] {
            assert_eq!(Scope::new(wrong, false).unwrap_err().code(), "usage", "{wrong}");
        }
    }
}
