//! `twconv sign` and `twconv verify`: the signature of one webhook request.

mod fields;
mod request;
mod url;
mod why;

use std::io::Write as _;

use clap::{Args, ValueEnum};
use http::{HeaderValue, Uri};
use twilio_conversations::webhook::{self, Algorithm, SignatureError, SignatureErrorKind, Signer, Verifier};

use self::{
    request::{Request, RequestArgs},
    why::{Explanation, Token},
};
use crate::{
    context::Context,
    failure::{Exit, Failure, Result},
    printable::printable,
    secret::{self, TokenArgs},
    terminal::Terminal,
};

/// The algorithm of a signature.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum AlgorithmArg {
    /// HMAC-SHA1, by the account's auth token.
    #[default]
    Sha1,
    /// HMAC-SHA256, by a shared key.
    Sha256,
}

/// Prints the signature of a webhook request, the value of `X-Twilio-Signature`.
///
/// The signature covers the URL and, of a POST request, the fields of its form; of another body the URL with its hash, which
/// is printed on stderr.
#[derive(Args, Debug)]
pub(crate) struct Sign {
    #[command(flatten)]
    request: RequestArgs,
    /// Algorithm of the signature
    #[arg(long, value_enum, default_value_t)]
    algorithm: AlgorithmArg,
    /// Prints a curl command that sends the signed request; the token is not in it
    #[arg(long)]
    curl: bool,
    #[command(flatten)]
    token: TokenArgs,
}

impl Sign {
    /// Prints the signature.
    ///
    /// # Errors
    ///
    /// A malformed request, or no auth token.
    pub(crate) fn run(self, context: &Context) -> Result<()> {
        self.request.check_stdin(self.token.token_file.iter())?;
        let request = self.request.request()?;
        let token = self.token.token(context)?;
        let failed = |error| Failure::new("signing the request").source(error);
        let algorithm = match self.algorithm {
            AlgorithmArg::Sha1 => Algorithm::HmacSha1,
            AlgorithmArg::Sha256 => Algorithm::HmacSha256,
        };
        let signer = Signer::new(token).map_err(failed)?.algorithm(algorithm);
        let (url, signature) = if request.body.is_empty() || request.method == http::Method::GET {
            (request.url.clone(), signer.sign_pairs(&request.url, []))
        } else if request.is_form() {
            let fields = webhook::Fields::parse(&request.body);
            let fields = fields.map_err(|error| Failure::usage("signing the request").source(error))?;
            (request.url.clone(), signer.sign_pairs(&request.url, &fields))
        } else {
            signer.sign_body(&request.url, &request.body)
        };
        let mut out = context.terminal.results();
        if self.curl {
            writeln!(out, "{}", curl(&request, &url, &signature, algorithm))?;
        } else {
            if url != request.url {
                context.terminal.note(format!("the URL with the hash of the body: {}", printable(&url)));
            }
            writeln!(out, "{signature}")?;
        }
        Ok(())
    }
}

/// The request as a curl command, quoted for a POSIX shell.
fn curl(request: &Request, url: &str, signature: &str, algorithm: Algorithm) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut command = format!("curl -X {} {}", request.method, quoted(url));
    for (name, value) in &request.headers {
        let computed = [webhook::SIGNATURE_HEADER, webhook::SETTINGS_HEADER, "content-length"];
        if !computed.contains(&name.as_str()) {
            let value = String::from_utf8_lossy(value.as_bytes());
            command.push_str(&format!(" -H {}", quoted(&format!("{name}: {value}"))));
        }
    }
    command.push_str(&format!(" -H {}", quoted(&format!("X-Twilio-Signature: {signature}"))));
    if algorithm != Algorithm::default() {
        let settings = format!("X-Twilio-Webhooks-Signature-Settings: algorithm={}", algorithm.as_str());
        command.push_str(&format!(" -H {}", quoted(&settings)));
    }
    if !request.body.is_empty() {
        command.push_str(&format!(" --data-raw {}", quoted(&String::from_utf8_lossy(&request.body))));
    }
    command
}

/// Checks the signature of a webhook request. The exit code is 0 if it matches, else 1.
///
/// The URL must be the one that is configured at Twilio. As every receiver should, this command tries it with and without
/// the default port too. `--why` searches for the difference where the signature does not match: in scheme, host, port, path
/// and query of the URL, in the encoding of the fields, in the algorithm and among further tokens.
#[derive(Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    request: RequestArgs,
    /// Signature, in place of the header `X-Twilio-Signature`
    #[arg(long, value_name = "SIGNATURE")]
    signature: Option<String>,
    /// Prints with which other URL, encoding, algorithm or token the signature matches
    #[arg(long)]
    why: bool,
    /// File of further tokens for `--why`, one on each line; `-` is stdin
    #[arg(long, value_name = "FILE", requires = "why")]
    try_token_file: Vec<String>,
    #[command(flatten)]
    token: TokenArgs,
}

impl Verify {
    /// Checks the signature.
    ///
    /// # Errors
    ///
    /// A malformed request, no auth token, or a signature that does not match.
    pub(crate) fn run(self, context: &Context) -> Result<()> {
        self.request.check_stdin(self.token.token_file.iter().chain(&self.try_token_file))?;
        let mut request = self.request.request()?;
        if let Some(signature) = &self.signature {
            let value = HeaderValue::try_from(signature.trim());
            let value = value.map_err(|error| Failure::usage("--signature").source(error))?;
            request.headers.insert(webhook::SIGNATURE_HEADER, value);
        }
        let token = self.token.token(context)?;
        let problem = match verify(&request, &token)? {
            Ok(()) => {
                writeln!(context.terminal.results(), "the signature matches")?;
                return Ok(());
            }
            Err(error) => error,
        };
        if problem.kind() == SignatureErrorKind::MissingHeader {
            return Err(Failure::usage("the signature is missing: name it by --signature, or by a header of the file"));
        }
        if self.why {
            let mut tokens = vec![Token { name: String::new(), secret: token }];
            for file in &self.try_token_file {
                for (i, secret) in secret::lines(file, "--try-token-file")?.into_iter().enumerate() {
                    tokens.push(Token { name: format!("the token of line {} of {file}", i + 1), secret });
                }
            }
            explain(&context.terminal, &request, &tokens)?;
        }
        Err(Failure::new("the request is not verified").source(problem).exit(Exit::Failure))
    }
}

/// The outer error is of the settings, the inner one of the request.
fn verify(request: &Request, token: &str) -> Result<Result<(), SignatureError>> {
    let failed = |error| Failure::usage("verifying the request").source(error);
    let verifier = Verifier::builder(token).public_url(&request.url).build().map_err(failed)?;
    let uri: Uri = request.url.parse().map_err(|error: http::uri::InvalidUri| Failure::usage("--url").source(error))?;
    Ok(verifier.verify(&request.method, &uri, &request.headers, &request.body).map(drop))
}

fn explain(terminal: &Terminal, request: &Request, tokens: &[Token]) -> Result<()> {
    let mut out = terminal.results();
    match why::explain(request, tokens) {
        Explanation::Malformed(problem) => writeln!(out, "{problem}")?,
        Explanation::None { tried } => {
            writeln!(out, "the signature matches none of {tried} combinations of URL, fields, algorithm and token")?;
        }
        Explanation::Found { changes, url } => {
            writeln!(out, "the signature matches with:")?;
            for change in changes {
                writeln!(out, "  {}", printable(&change))?;
            }
            writeln!(out, "the URL that was signed: {}", printable(&url))?;
        }
    }
    Ok(())
}
