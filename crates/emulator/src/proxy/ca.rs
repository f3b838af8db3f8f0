//! The certificate authority of the proxy, and the certificates that it issues: one for each host, kept in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::{RootCertStore, ServerConfig};

use super::hosts::Host;

/// A CA certificate is valid for this long.
const LIFE: Duration = Duration::from_secs(365 * 24 * 3600);
/// A CA certificate with less time left than this is renewed when the emulator starts.
pub(super) const RENEWAL: Duration = Duration::from_secs(30 * 24 * 3600);
/// Certificates are valid from one day ago, for clients whose clock is behind.
const BACKDATED: Duration = Duration::from_secs(24 * 3600);
/// Most hosts whose certificates are kept. Names of edges and regions are open, so that a client could request any number
/// of hosts. Beyond the limit, all kept certificates are dropped and issued again.
const HOSTS: usize = 64;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A certificate authority: it can issue certificates for names below `twilio.com` only.
pub(super) struct CertificateAuthority {
    pem: String,
    not_after: SystemTime,
    issuer: Issuer<'static, KeyPair>,
    /// The key of all certificates that are issued to hosts.
    host_key: KeyPair,
    configs: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl CertificateAuthority {
    /// Creates a CA with a new key.
    pub(super) fn generate() -> Result<Self, Failure> {
        Self::issue(KeyPair::generate()?)
    }

    /// Issues a CA certificate for a key.
    pub(super) fn issue(key: KeyPair) -> Result<Self, Failure> {
        Self::issue_until(key, SystemTime::now() + LIFE)
    }

    pub(super) fn issue_until(key: KeyPair, not_after: SystemTime) -> Result<Self, Failure> {
        let mut params = params();
        params.not_before = (SystemTime::now() - BACKDATED).into();
        params.not_after = not_after.into();
        let pem = params.self_signed(&key)?.pem();
        Self::new(pem, not_after, key)
    }

    /// Reads a CA certificate that [`issue`](Self::issue) made for this key.
    pub(super) fn read(pem: String, key: KeyPair) -> Result<Self, Failure> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())?;
        let not_after = not_after(&certificate).map_err(|error| format!("its dates cannot be read: {error}"))?;
        let ca = Self::new(pem, not_after, key)?;
        ca.check(certificate)?;
        Ok(ca)
    }

    fn new(pem: String, not_after: SystemTime, key: KeyPair) -> Result<Self, Failure> {
        let issuer = Issuer::new(params(), key);
        Ok(Self { pem, not_after, issuer, host_key: KeyPair::generate()?, configs: Mutex::default() })
    }

    /// The CA certificate.
    pub(super) fn pem(&self) -> &str {
        &self.pem
    }

    /// The key, to be written to a file.
    pub(super) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Issues another CA certificate for the same key.
    pub(super) fn renew(self) -> Result<Self, Failure> {
        Self::issue(KeyPair::from_pem(&self.key_pem())?)
    }

    /// Whether the CA certificate is valid for less time than [`RENEWAL`].
    pub(super) fn is_about_to_expire(&self) -> bool {
        self.not_after < SystemTime::now() + RENEWAL
    }

    /// The TLS settings for a host, with its certificate.
    pub(super) fn config(&self, host: &Host) -> Result<Arc<ServerConfig>, Failure> {
        let mut configs = self.configs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = configs.get(&host.name) {
            return Ok(config.clone());
        }
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(self.host_key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate(&host.name)?], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let config = Arc::new(config);
        if configs.len() >= HOSTS {
            configs.clear();
        }
        configs.insert(host.name.clone(), config.clone());
        Ok(config)
    }

    fn certificate(&self, host: &str) -> Result<CertificateDer<'static>, rcgen::Error> {
        let mut params = CertificateParams::new(vec![host.to_owned()])?;
        params.distinguished_name = name("twilio-conversations-emulator");
        params.not_before = (SystemTime::now() - BACKDATED).into();
        params.not_after = self.not_after.into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        Ok(params.signed_by(&self.host_key, &self.issuer)?.into())
    }

    /// Verifies an issued certificate as a client does. This fails if the key is not that of the CA certificate.
    fn check(&self, certificate: CertificateDer<'static>) -> Result<(), Failure> {
        const HOST: &str = "conversations.twilio.com";
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build()?;
        // An expired CA certificate is renewed, so that its dates are not checked here.
        let valid = self.not_after - Duration::from_secs(1);
        let now = UnixTime::since_unix_epoch(valid.duration_since(SystemTime::UNIX_EPOCH)?);
        let issued = self.certificate(HOST)?;
        verifier.verify_server_cert(&issued, &[], &ServerName::try_from(HOST)?, &[], now)?;
        Ok(())
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CertificateAuthority").field("not_after", &self.not_after).finish_non_exhaustive()
    }
}

/// The parameters of a CA certificate, except its dates.
fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("twilio-conversations-emulator local CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // A stolen key cannot impersonate any other host.
    let permitted_subtrees = vec![GeneralSubtree::DnsName("twilio.com".to_owned())];
    // Name constraints do not apply to IP addresses, which are excluded separately.
    let excluded_subtrees = [CidrSubnet::from_v4_prefix([0; 4], 0), CidrSubnet::from_v6_prefix([0; 16], 0)];
    let excluded_subtrees = excluded_subtrees.map(GeneralSubtree::IpAddress).to_vec();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees });
    params
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The date of expiry of a certificate.
fn not_after(certificate: &[u8]) -> yasna::ASN1Result<SystemTime> {
    let date = yasna::parse_der(certificate, |reader| {
        reader.read_sequence(|reader| {
            let date = reader.next().read_sequence(|reader| {
                for _version_serial_algorithm_issuer in 0..4 {
                    reader.next().read_der()?;
                }
                let date = reader.next().read_sequence(|reader| {
                    reader.next().read_der()?;
                    reader.next().read_utctime()
                })?;
                for _subject_key_extensions in 0..3 {
                    reader.next().read_der()?;
                }
                Ok(date)
            })?;
            for _algorithm_signature in 0..2 {
                reader.next().read_der()?;
            }
            Ok(date)
        })
    })?;
    Ok((*date.datetime()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Failure>;

    fn host(name: &str) -> Host {
        Host::of(&name.parse().unwrap(), 443).unwrap()
    }

    /// Whether a client that trusts the CA accepts its certificate for a host.
    fn vouches_for(ca: &CertificateAuthority, name: &str) -> Result<bool, Failure> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.pem().as_bytes())?)?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build()?;
        let issued = ca.certificate(name)?;
        Ok(verifier.verify_server_cert(&issued, &[], &ServerName::try_from(name)?, &[], UnixTime::now()).is_ok())
    }

    #[test]
    fn a_stolen_key_can_impersonate_no_host_outside_of_twilio_com() -> Outcome {
        let ca = CertificateAuthority::generate()?;
        for (name, vouches) in [
            ("conversations.twilio.com", true),
            ("mcs.us1.twilio.com", true),
            ("example.com", false),
            ("eviltwilio.com", false),
            ("twilio.com.example", false),
            ("127.0.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(vouches_for(&ca, name)?, vouches, "{name}");
        }
        Ok(())
    }

    #[test]
    fn a_ca_is_valid_for_a_year_and_is_renewed_in_its_last_month() -> Outcome {
        let ca = CertificateAuthority::generate()?;
        let certificate = CertificateDer::from_pem_slice(ca.pem().as_bytes())?;
        let left = not_after(&certificate)?.duration_since(SystemTime::now())?;
        assert!(left <= LIFE && left > LIFE - Duration::from_secs(60), "{left:?}");
        assert!(!ca.is_about_to_expire());
        let key = KeyPair::from_pem(&ca.key_pem())?;
        let old = CertificateAuthority::issue_until(key, SystemTime::now() + RENEWAL - Duration::from_secs(1))?;
        assert!(old.is_about_to_expire());
        let renewed = old.renew()?;
        assert!(!renewed.is_about_to_expire());
        assert_eq!(renewed.key_pem(), ca.key_pem());
        Ok(())
    }

    #[test]
    fn a_certificate_of_another_key_or_another_issuer_is_an_error() -> Outcome {
        let (ca, other) = (CertificateAuthority::generate()?, CertificateAuthority::generate()?);
        let read =
            |pem: &str| Ok::<_, Failure>(CertificateAuthority::read(pem.to_owned(), KeyPair::from_pem(&ca.key_pem())?));
        assert!(read(ca.pem())?.is_ok());
        let mut params = params();
        params.distinguished_name = name("another");
        let foreign = params.self_signed(&KeyPair::from_pem(&ca.key_pem())?)?.pem();
        for bad in [other.pem(), &foreign, "", "-----BEGIN CERTIFICATE-----\n", &ca.key_pem(), &ca.pem()[..200]] {
            assert!(read(bad)?.is_err(), "{bad}");
        }
        Ok(())
    }

    #[test]
    fn certificates_are_kept_for_a_limited_number_of_hosts() -> Outcome {
        let ca = CertificateAuthority::generate()?;
        let first = ca.config(&host("conversations.twilio.com"))?;
        assert!(Arc::ptr_eq(&first, &ca.config(&host("Conversations.Twilio.com:443"))?));
        for number in 1..=HOSTS {
            ca.config(&host(&format!("conversations.r{number}.twilio.com")))?;
            assert!(ca.configs.lock().unwrap().len() <= HOSTS);
        }
        assert!(!Arc::ptr_eq(&first, &ca.config(&host("conversations.twilio.com"))?), "it was forgotten");
        Ok(())
    }

    #[test]
    fn the_key_is_not_in_the_debug_output() -> Outcome {
        assert!(!format!("{:?}", CertificateAuthority::generate()?).contains("KEY"));
        Ok(())
    }
}
