//! The command line.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use lexopt::prelude::{Long, Short, ValueExt as _};

use super::proxy::ProxyArgs;
use crate::{Builder, Emulator};

/// The first line of the help.
pub(super) const ABOUT: &str = "A local Twilio Conversations for tests and development. Unofficial.";

pub(super) const OPTIONS: &str = "\
Options:
  --port PORT          port to listen on [default: any free one]
  --account-sid SID    the account: AC and 32 hexadecimal digits
  --auth-token TOKEN   its auth token
  --data FILE          keep the state in FILE, in place of memory
  --proxy PORT         also listen on PORT as an HTTP proxy for unmodified programs, 0 for any free port
  --ca-dir DIR         keep the CA of the proxy in DIR [default: FILE-ca beside the data FILE, or the user's cache
                       folder]
  --bind ADDRESS       IP address to listen on [default: 127.0.0.1]
  --allow-host NAME    accept control requests by this host name too; can be repeated
  --seed FILE          make the requests of a scenario first
  --fault FAULT        inject a fault: KIND[@RATE][:OPERATION], where KIND is 429[=SECONDS], 500, 502, 503, 504, cut,
                       cut-after or slow=MILLISECONDS; can be repeated
  --strict             reject parameters that the API does not have
  --vendor-urls        use the vendor's host in the URLs of responses
  --another-account SID:TOKEN
                       add another account; can be repeated
  --api-key SID:SECRET accept this API key of the account too
  --retries COUNT      retries of a post-event webhook [default: 3]
  --retry-delay MS     milliseconds before the first retry, doubled for each further one [default: 1000]
  --no-pre-hooks       call no pre-event webhooks for REST requests
  --empty-filters-all  send every event to an account without filters
  --refusal-status N   status of a request that a pre-event webhook rejects [default: 403]
  --refuse-bad-answers reject a request if the response of a pre-event webhook is not a JSON object
  --pre-hook-timeout MS
                       milliseconds that a pre-event webhook may take [default: 5000]
  --post-hook-timeout MS
                       milliseconds that a post-event webhook may take [default: 15000]
  --rate-limit N       writes per second and service or conversation [default: no limit]
  -h, --help           print this help
  -V, --version        print the version";

/// A parsed command line.
pub(super) enum Args {
    Help,
    Version,
    Run(Box<Builder>),
}

impl Args {
    pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut parser = lexopt::Parser::from_args(args);
        let mut builder = Emulator::builder();
        let (mut retries, mut delay) = (3, 1000);
        let mut proxy = ProxyArgs::default();
        while let Some(argument) = parser.next()? {
            builder = match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Short('V') | Long("version") => return Ok(Self::Version),
                Long("port") => builder.port(parser.value()?.parse()?),
                Long("account-sid") => builder.account_sid(parser.value()?.string()?),
                Long("auth-token") => builder.auth_token(parser.value()?.string()?),
                Long("data") => builder.data_file(parser.value()?),
                Long("bind") => {
                    let address: IpAddr = parser.value()?.parse()?;
                    if !address.is_loopback() {
                        warn(address);
                    }
                    builder.bind(address)
                }
                Long("allow-host") => builder.allow_host(parser.value()?.string()?),
                Long("proxy") => {
                    proxy.port = Some(parser.value()?.parse()?);
                    builder
                }
                Long("ca-dir") => {
                    proxy.ca_folder = Some(parser.value()?.into());
                    builder
                }
                Long("strict") => builder.refuse_unknown_fields(true),
                Long("vendor-urls") => builder.vendor_urls(true),
                Long("another-account") => {
                    let text = parser.value()?.string()?;
                    let (sid, token) = text.split_once(':').ok_or("--another-account takes SID:TOKEN")?;
                    builder.another_account(sid, token)
                }
                Long("api-key") => {
                    let text = parser.value()?.string()?;
                    let (sid, secret) = text.split_once(':').ok_or("--api-key takes SID:SECRET")?;
                    builder.api_key(sid, secret)
                }
                Long("seed") => {
                    let file = std::path::PathBuf::from(parser.value()?);
                    let scenario = std::fs::read_to_string(&file)
                        .map_err(|error| format!("cannot read the scenario in {}: {error}", file.display()))?;
                    builder.seed(scenario)
                }
                Long("fault") => builder.fault(parser.value()?.string()?.parse()?),
                Long("retries") => {
                    retries = parser.value()?.parse()?;
                    builder
                }
                Long("retry-delay") => {
                    delay = parser.value()?.parse()?;
                    builder
                }
                Long("no-pre-hooks") => builder.pre_hooks_for_rest(false),
                Long("empty-filters-all") => builder.empty_account_filters_mean_all(true),
                Long("refusal-status") => builder.refusal_status(parser.value()?.parse()?),
                Long("refuse-bad-answers") => builder.refuse_on_bad_answer(true),
                Long("pre-hook-timeout") => builder.pre_hook_timeout(milliseconds(&mut parser)?),
                Long("post-hook-timeout") => builder.post_hook_timeout(milliseconds(&mut parser)?),
                Long("rate-limit") => builder.rate_limit(parser.value()?.parse()?),
                other => return Err(other.unexpected().into()),
            };
        }
        let builder = proxy.apply(builder)?;
        Ok(Self::Run(Box::new(builder.retries(retries, Duration::from_millis(delay)))))
    }
}

fn milliseconds(parser: &mut lexopt::Parser) -> Result<Duration, lexopt::Error> {
    Ok(Duration::from_millis(parser.value()?.parse()?))
}

fn warn(address: IpAddr) {
    // Without a readable stderr there is no place for the warning.
    let _ = writeln!(
        std::io::stderr(),
        "warning: every host that reaches {address} can read and change everything in this emulator, without credentials"
    );
}
