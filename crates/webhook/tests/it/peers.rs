//! The vendor's own libraries for Python and Node beside ours.
//!
//! Each test says that it is skipped where the library is not installed. `TWILIO_PEERS=required` makes that a failure.
//! `TWILIO_PEER_PYTHON` names the Python interpreter, `NODE_PATH` the folder that holds the Node package.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use fastrand::Rng;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use twilio_conversations_webhook::{Algorithm, SIGNATURE_HEADER, SignatureHeader, Signer, Verifier};

use super::generate::Case;
use super::vectors::Vector;

const CASES: usize = 2000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Peer {
    Python,
    Node,
}

impl Peer {
    /// Those that are installed; the others are named on standard error.
    fn installed() -> Vec<Self> {
        let peers =
            [Self::Python, Self::Node].into_iter().filter(|peer| match peer.try_ask(&[json!({ "op": "version" })]) {
                Some(answers) => {
                    eprintln!("peer: twilio {} for {peer:?}", answers[0]["version"]);
                    true
                }
                None => {
                    let required = std::env::var("TWILIO_PEERS").is_ok_and(|value| value == "required");
                    assert!(!required, "twilio for {peer:?} is required and not installed");
                    eprintln!("skipped: twilio for {peer:?} is not installed");
                    false
                }
            });
        peers.collect()
    }

    fn ask(self, questions: &[Value]) -> Vec<Value> {
        self.try_ask(questions).expect("a peer that answered before answers again")
    }

    fn try_ask(self, questions: &[Value]) -> Option<Vec<Value>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/");
        let mut command = match self {
            Self::Python => {
                let python = std::env::var("TWILIO_PEER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
                let mut command = Command::new(python);
                command.arg(format!("{folder}webhook_peer.py")).env("PYTHONIOENCODING", "utf-8");
                command
            }
            Self::Node => {
                let mut command = Command::new("node");
                command.arg(format!("{folder}webhook_peer.js"));
                command
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
        let mut input = child.stdin.take()?;
        let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
        // Written aside: both pipes would fill up otherwise. A peer that is not installed has closed its end.
        let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
        let answers = BufReader::new(child.stdout.take()?).lines();
        let answers: Vec<Value> = answers.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        let written = writer.join().unwrap();
        (child.wait().ok()?.success() && written.is_ok() && answers.len() == questions.len()).then_some(answers)
    }

    fn sign(self, cases: &[Case], algorithm: Option<Algorithm>) -> Vec<String> {
        let question = |case: &Case| {
            let mut question = json!({ "op": "sign", "token": case.token, "url": case.url, "pairs": case.pairs });
            if let Some(algorithm) = algorithm {
                question["algorithm"] = algorithm.as_str().into();
            }
            question
        };
        let answers = self.ask(&cases.iter().map(question).collect::<Vec<_>>());
        answers.iter().map(|answer| answer["signature"].as_str().unwrap().to_owned()).collect()
    }

    fn accepts(self, questions: &[Value]) -> Vec<bool> {
        self.ask(questions).iter().map(|answer| answer["valid"].as_bool().unwrap()).collect()
    }
}

fn cases(seed: u64, count: usize) -> (Rng, Vec<Case>) {
    let mut rng = Rng::with_seed(seed);
    let cases = (0..count).map(|_| Case::new(&mut rng)).collect();
    (rng, cases)
}

fn validate(case: &Case, signature: &str) -> Value {
    json!({ "op": "validate", "token": case.token, "url": case.url, "pairs": case.pairs, "signature": signature })
}

fn we_accept(case: &Case, signature: &str) -> bool {
    Verifier::new(&case.token).unwrap().verify_pairs(&case.url, case.pairs(), signature).is_ok()
}

#[test]
fn both_peers_accept_what_we_sign() {
    let (_, cases) = cases(1, CASES);
    let sign = |case: &Case| validate(case, &Signer::new(&case.token).unwrap().sign_pairs(&case.url, case.pairs()));
    let questions: Vec<_> = cases.iter().map(sign).collect();
    for peer in Peer::installed() {
        for (question, accepted) in questions.iter().zip(peer.accepts(&questions)) {
            assert!(accepted, "{peer:?} refuses {question}");
        }
    }
}

#[test]
fn we_accept_what_both_peers_sign() {
    let (_, cases) = cases(2, CASES);
    for peer in Peer::installed() {
        for (case, signature) in cases.iter().zip(peer.sign(&cases, None)) {
            assert_eq!(Signer::new(&case.token).unwrap().sign_pairs(&case.url, case.pairs()), signature);
            assert!(we_accept(case, &signature), "{peer:?} signed {case:?}");
            let request = Signer::new("another").unwrap().post_form(&case.url, case.pairs()).unwrap();
            let verifier = Verifier::new(&case.token).unwrap();
            let fields = verifier.verify_form(&case.url, request.body(), &signature).unwrap();
            assert!(fields.iter().eq(case.pairs()), "{case:?}");
        }
    }
}

#[test]
fn we_refuse_what_both_peers_refuse_and_accept_what_both_accept() {
    let (mut rng, cases) = cases(3, CASES);
    let signatures: Vec<_> =
        cases.iter().map(|case| Signer::new(&case.token).unwrap().sign_pairs(&case.url, case.pairs())).collect();
    let mut changed = Vec::new();
    for (case, signature) in cases.iter().zip(&signatures) {
        changed.push((case.mutated(&mut rng), signature.clone()));
        changed.push((case.clone(), mangled(signature, &mut rng)));
        // Another port, which both libraries may see through.
        let port = *rng.choice(&["", ":443", ":80", ":8443"]).unwrap();
        changed.push((Case { url: with_port(&case.url, port), ..case.clone() }, signature.clone()));
    }
    let questions: Vec<_> = changed.iter().map(|(case, signature)| validate(case, signature)).collect();
    for peer in Peer::installed() {
        let verdicts = peer.accepts(&questions);
        assert!(verdicts.iter().filter(|accepted| **accepted).count() > CASES / 4, "ports are seen through");
        assert!(verdicts.iter().filter(|accepted| !**accepted).count() > CASES * 2, "changes are found");
        for ((case, signature), accepted) in changed.iter().zip(verdicts) {
            assert_eq!(we_accept(case, signature), accepted, "{peer:?} on {case:?} {signature}");
        }
    }
}

#[test]
fn peers_and_we_agree_on_hmac_sha256() {
    for peer in Peer::installed() {
        peer_and_we_agree_on_hmac_sha256(peer);
    }
}

fn peer_and_we_agree_on_hmac_sha256(peer: Peer) {
    let (mut rng, cases) = cases(4, CASES);
    let algorithm = Algorithm::HmacSha256;
    let signatures = peer.sign(&cases, Some(algorithm));
    let mut questions = Vec::new();
    for (case, signature) in cases.iter().zip(&signatures) {
        let verifier = Verifier::builder("another").secondary_auth_token(&case.token).build().unwrap();
        let header = |value| SignatureHeader::new(value).settings("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256");
        let ours = Signer::new(&case.token).unwrap().algorithm(algorithm).sign_pairs(&case.url, case.pairs());
        assert_eq!(&ours, signature);
        verifier.verify_pairs(&case.url, case.pairs(), header(signature)).unwrap();
        let changed = case.mutated(&mut rng);
        let same_token = changed.token == case.token;
        assert!(!same_token || verifier.verify_pairs(&changed.url, changed.pairs(), header(signature)).is_err());
        questions.push(validate(&changed, signature));
    }
    for question in &mut questions {
        question["algorithm"] = algorithm.as_str().into();
    }
    assert!(peer.accepts(&questions).iter().all(|accepted| !accepted), "{peer:?}");
}

#[test]
fn peers_and_we_agree_on_hashed_bodies() {
    let (mut rng, cases) = cases(5, CASES);
    let mut requests = Vec::new();
    for case in &cases {
        // Any text will do for a body; the pairs make a various one. Python takes an empty one for no body.
        let body = json!(case.pairs).to_string();
        let signer = Signer::new(&case.token).unwrap();
        let (url, signature) = signer.sign_body(&case.url, body.as_bytes());
        requests.push((case.token.clone(), url.clone(), body.clone(), signature.clone(), true));
        requests.push((case.token.clone(), url.clone(), body.clone() + " ", signature.clone(), false));
        requests.push((case.token.clone(), url.clone(), body.clone(), mangled(&signature, &mut rng), false));
        let (capital, hash) = url.split_at(url.len() - 64);
        let capital = capital.to_owned() + &hash.to_uppercase();
        let signature = signer.sign_pairs(&capital, []);
        requests.push((case.token.clone(), capital, body, signature, false));
    }
    let question = |(token, url, body, signature, _): &(String, String, String, String, bool)| json!({ "op": "validate", "token": token, "url": url, "body": body, "signature": signature });
    for (token, url, body, signature, valid) in &requests {
        let accepted = Verifier::new(token).unwrap().verify_body(url, body.as_bytes(), signature).is_ok();
        assert_eq!(accepted, *valid, "{url} {body}");
    }
    let questions: Vec<_> = requests.iter().map(question).collect();
    for peer in Peer::installed() {
        for ((request, question), accepted) in requests.iter().zip(&questions).zip(peer.accepts(&questions)) {
            assert_eq!(accepted, request.4, "{peer:?} on {question}");
        }
    }
}

#[test]
fn the_fixed_vectors_are_what_the_peers_sign() {
    for peer in Peer::installed() {
        for algorithm in [Algorithm::HmacSha1, Algorithm::HmacSha256] {
            if peer == Peer::Node && algorithm == Algorithm::HmacSha256 {
                continue; // which the Node library does not know
            }
            let vectors: Vec<_> = Vector::all().into_iter().filter(|vector| vector.algorithm == algorithm).collect();
            let case = |vector: &Vector| Case {
                token: vector.token.clone(),
                url: vector.url.clone(),
                pairs: vector.pairs.clone(),
            };
            let signatures = peer.sign(&vectors.iter().map(case).collect::<Vec<_>>(), Some(algorithm));
            for (vector, signature) in vectors.iter().zip(signatures) {
                assert_eq!(signature, vector.signature, "{peer:?}: {}", vector.what);
            }
        }
    }
}

/// A request as Express's body parsers hand it to the vendor's middleware: of a form, or of another body, its fields.
fn to_middleware(request: &Request<Vec<u8>>, fields: &Value) -> Value {
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let body = Some(String::from_utf8(request.body().clone()).unwrap()).filter(|body| !body.is_empty());
    json!({
        "op": "middleware",
        "token": "12345",
        "shared_key": "12345",
        "protocol": request.uri().scheme_str(),
        "target": request.uri().path_and_query().map(|target| target.as_str()),
        "headers": headers.collect::<Vec<_>>(),
        "fields": fields,
        "body": body,
    })
}

fn we_accept_request(request: &Request<Vec<u8>>) -> bool {
    let plain = request.uri().scheme_str() == Some("http");
    let verifier = Verifier::builder("12345").plain_http(plain).build().unwrap();
    verifier.verify(request.method(), request.uri(), request.headers(), request.body()).is_ok()
}

#[test]
fn the_middleware_and_we_agree_on_generated_requests() {
    let (mut rng, cases) = cases(6, CASES);
    let signer = Signer::new("12345").unwrap();
    let (mut ours, mut questions) = (Vec::new(), Vec::new());
    let mut ask = |request: &Request<Vec<u8>>, fields: Value| {
        ours.push(we_accept_request(request));
        questions.push(to_middleware(request, &fields));
    };
    for case in &cases {
        let mut form = signer.post_form(&case.url, case.pairs()).unwrap();
        ask(&form, json!(case.pairs));
        // A question mark in a value is a row of the table.
        let pairs = case.pairs().filter(|(name, value)| !name.contains('?') && !value.contains('?'));
        ask(&signer.get(&case.url, pairs).unwrap(), json!({}));
        let signature = form.headers()[SIGNATURE_HEADER].to_str().unwrap().to_owned();
        let mangled = HeaderValue::from_str(&mangled(&signature, &mut rng)).unwrap();
        form.headers_mut().insert(SIGNATURE_HEADER, mangled);
        ask(&form, json!(case.pairs));
        let changed = case.mutated(&mut rng);
        let mut form = signer.post_form(&changed.url, changed.pairs()).unwrap();
        // The token is not the case's own here, so a change of it changes nothing.
        form.headers_mut().insert(SIGNATURE_HEADER, signature.parse().unwrap());
        ask(&form, json!(changed.pairs));
    }
    let accepted = ours.iter().filter(|accepted| **accepted).count();
    assert!(accepted > 2 * CASES && accepted < 3 * CASES, "{accepted} accepted");
    if Peer::installed().contains(&Peer::Node) {
        for ((question, ours), theirs) in questions.iter().zip(ours).zip(Peer::Node.accepts(&questions)) {
            assert_eq!(theirs, ours, "{question}");
        }
    }
}

/// The rows of the table of differences that only a whole request can show.
#[test]
fn the_middleware_differs_where_the_table_says() {
    const URL: &str = "https://h/p";
    const HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let signer = Signer::new("12345").unwrap();
    let form = || signer.post_form(URL, [("a", "b")]).unwrap();
    let parsed = json!([["a", "b"]]);
    let signed_as = |url: &str, pairs: &[(&str, &str)]| signer.sign_pairs(url, pairs.iter().copied());
    let with = |mut request: Request<Vec<u8>>, name: &'static str, value: &str| {
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    let json_body = |url: &str, body: &str, signature: String| {
        let request = Request::post(url).header("host", "h").header("content-type", "application/json");
        request.header(SIGNATURE_HEADER, signature).body(body.as_bytes().to_vec()).unwrap()
    };
    let hashed = format!("{URL}?bodySHA256={HASH}");
    let (url_of_form, signature_of_hash) = signer.sign_body(URL, b"a=b");
    let mut repeated = form();
    repeated.headers_mut().append(SIGNATURE_HEADER, form().headers()[SIGNATURE_HEADER].clone());
    let mut missing = form();
    missing.headers_mut().remove(SIGNATURE_HEADER);
    let mut get = signer.get(URL, []).unwrap();
    *get.body_mut() = b"a=b".to_vec();
    let get_as_form = with(get.clone(), SIGNATURE_HEADER, &signed_as(URL, &[("a", "b")]));
    let sha256 = Signer::new("12345").unwrap().algorithm(Algorithm::HmacSha256).post_form(URL, [("a", "b")]).unwrap();
    let settings = "x-twilio-webhooks-signature-settings";
    let none = json!({});
    let rows = [
        ("a form", form(), &parsed, 200, true),
        ("no signature", missing, &parsed, 400, false),
        ("a repeated signature", repeated, &parsed, 403, false),
        ("a JSON body with its hash", signer.post_json(URL, "{}").unwrap(), &none, 200, true),
        ("an empty body with the hash of {}", json_body(&hashed, "", signed_as(&hashed, &[])), &none, 200, false),
        ("a JSON body without a hash", json_body(URL, r#"{"a":"b"}"#, signed_as(URL, &[])), &none, 200, false),
        (
            "a JSON body without a hash, its fields signed",
            json_body(URL, r#"{"a":"b"}"#, signed_as(URL, &[("a", "b")])),
            &json!({ "a": "b" }),
            200,
            false,
        ),
        (
            "a form with its hash, signed as a form",
            signer.post_form(&url_of_form, [("a", "b")]).unwrap(),
            &parsed,
            403,
            true,
        ),
        (
            "a form with its hash, signed by it",
            with(signer.post_form(&url_of_form, [("a", "b")]).unwrap(), SIGNATURE_HEADER, &signature_of_hash),
            &parsed,
            200,
            false,
        ),
        ("a GET request with a form, the URL signed", get.clone(), &parsed, 403, false),
        ("a GET request with a body that nobody parsed", get, &none, 200, false),
        ("a GET request with a form, signed as a form", get_as_form, &parsed, 200, false),
        ("a question mark in a query", signer.get(URL, [("a", "b ?")]).unwrap(), &none, 403, true),
        ("HMAC-SHA256", sha256.clone(), &parsed, 200, true),
        ("HMAC-SHA1 named HMAC-SHA256", with(form(), settings, "algorithm=HMAC_SHA256"), &parsed, 403, false),
        ("another algorithm", with(form(), settings, "algorithm=HMAC_MD5"), &parsed, 403, false),
        ("two algorithms", with(form(), settings, "algorithm=HMAC_SHA1,algorithm=HMAC_SHA256"), &parsed, 200, false),
    ];
    let node = Peer::installed().contains(&Peer::Node);
    for (what, request, fields, status, ours) in rows {
        assert_eq!(we_accept_request(&request), ours, "we on {what}");
        if node {
            assert_eq!(Peer::Node.ask(&[to_middleware(&request, fields)])[0]["status"], status, "Node on {what}");
        }
    }
    if node {
        let mut without_a_shared_key = to_middleware(&sha256, &parsed);
        without_a_shared_key["shared_key"] = Value::Null;
        assert_eq!(Peer::Node.ask(&[without_a_shared_key])[0]["status"], 500);
    }
}

/// The rows of the table of differences that pairs and a URL can show, as Python, Node and we treat them.
#[test]
fn the_libraries_differ_where_the_table_says() {
    const ROWS: [(&str, &str, bool, bool, bool); 24] = [
        ("https://[::1]:8443/p", "https://[::1]/p", false, true, true),
        ("https://[::1]:8443/p", "https://[::1]:8443/p", true, true, true),
        ("https://u:p@h:8443/p", "https://u:p@h/p", false, true, true),
        ("https://u:p@h/p", "https://h/p", false, false, true),
        ("https://u:p@h/p", "https://u:p@h/p", true, true, true),
        ("HTTPS://h/p", "https://h/p", true, true, true),
        ("HTTPS://h/p", "HTTPS://h/p", false, true, false),
        ("https://h/p?", "https://h/p", true, false, false),
        ("https://h/p?", "https://h/p?", false, true, true),
        ("https://h", "https://h/", false, true, true),
        ("https://h", "https://h", true, true, true),
        ("https://h/p?q='", "https://h/p?q=%27", false, true, false),
        ("https://h/p?a=b%20c", "https://h/p?a=b c", false, false, false),
        ("https://h/p#rc=2", "https://h/p", false, false, true),
        ("https://h/p#rc=2", "https://h/p#rc=2", true, true, false),
        ("https://h/p?q=1#rc=2", "https://h/p?q=1", false, false, true),
        ("https://h/p?q=1#rc=2", "https://h/p?q=1#rc=2", true, true, false),
        ("https://h:/p", "https://h:/p", true, true, true),
        ("https://h:/p", "https://h/p", false, true, true),
        ("https://h:x/p", "https://h:x/p", false, true, false),
        ("https://h:65536/p", "https://h:65536/p", false, true, false),
        ("/p", "/p", true, true, false),
        ("https:///p", "https:///p", true, true, false),
        ("https://h/\u{1}p", "https://h/\u{1}p", true, true, false),
    ];
    let signer = Signer::new("12345").unwrap();
    let verifier = Verifier::new("12345").unwrap();
    let peers = Peer::installed();
    for (called, signed, python, node, ours) in ROWS {
        // Our signer leaves a fragment out; as the first field, it is signed behind the URL.
        let (url, fragment) = signed.split_at(signed.find('#').unwrap_or(signed.len()));
        let signature = signer.sign_pairs(url, [(fragment, ""), ("a", "b")]);
        assert_eq!(verifier.verify_pairs(called, [("a", "b")], &signature).is_ok(), ours, "we on {called} as {signed}");
        let case =
            Case { token: "12345".to_owned(), url: called.to_owned(), pairs: vec![("a".to_owned(), "b".to_owned())] };
        for peer in &peers {
            let expected = if *peer == Peer::Python { python } else { node };
            assert_eq!(peer.accepts(&[validate(&case, &signature)]), [expected], "{peer:?} on {called} as {signed}");
        }
    }
}

/// The rows about the hash of a body.
#[test]
fn the_libraries_differ_on_hashes_where_the_table_says() {
    const HASH: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let rows = [
        (format!("bodySHA256={HASH}"), "{}", true, true, true),
        (format!("bodySHA256={HASH}&bodySHA256=0"), "{}", true, true, true),
        (format!("body%53HA256={HASH}"), "{}", true, true, true),
        (format!("bodySHA256=0&bodySHA256={HASH}"), "{}", false, false, false),
        (format!("bodySHA256=&bodySHA256={HASH}"), "{}", true, false, false),
        (format!("bodysha256={HASH}"), "{}", false, false, false),
        (format!("bodySHA256={}", HASH.to_uppercase()), "{}", false, false, false),
        (format!("bodySHA256={HASH}"), "", false, false, false),
        (String::new(), "{}", false, false, false),
    ];
    let peers = Peer::installed();
    for (query, body, python, node, ours) in rows {
        let url = format!("https://h/p?{query}");
        let url = url.trim_end_matches('?');
        let signature = Signer::new("12345").unwrap().sign_pairs(url, []);
        let accepted = Verifier::new("12345").unwrap().verify_body(url, body.as_bytes(), &signature);
        assert_eq!(accepted.is_ok(), ours, "we on {url} {body}");
        let question = json!({ "op": "validate", "token": "12345", "url": url, "body": body, "signature": signature });
        for peer in &peers {
            let expected = if *peer == Peer::Python { python } else { node };
            assert_eq!(peer.accepts(std::slice::from_ref(&question)), [expected], "{peer:?} on {url} {body}");
        }
    }
}

#[test]
fn names_are_sorted_by_code_point_as_python_does_and_node_does_not() {
    let pairs = vec![("\u{1f600}".to_owned(), "1".to_owned()), ("\u{ffe0}".to_owned(), "2".to_owned())];
    let case = Case { token: "12345".to_owned(), url: "https://h/p".to_owned(), pairs };
    let by_code_point = Signer::new("12345").unwrap().sign_pairs("https://h/p", case.pairs());
    let plain = Signer::new("12345").unwrap().sign_pairs("https://h/p\u{ffe0}2\u{1f600}1", []);
    assert_eq!(by_code_point, plain);
    for peer in Peer::installed() {
        assert_eq!(peer.accepts(&[validate(&case, &by_code_point)]), [peer == Peer::Python]);
    }
}

#[test]
fn an_empty_token_signs_for_both_peers_and_makes_no_verifier_of_ours() {
    assert!(Verifier::new("").is_err());
    let case = Case { token: String::new(), url: "https://h/p".to_owned(), pairs: Vec::new() };
    for peer in Peer::installed() {
        let signature = peer.sign(std::slice::from_ref(&case), None).remove(0);
        assert_eq!(peer.accepts(&[validate(&case, &signature)]), [true], "{peer:?}");
    }
}

/// Changes one character, but keeps what the text looks like.
fn mangled(signature: &str, rng: &mut Rng) -> String {
    let mut bytes = signature.as_bytes().to_vec();
    match rng.u8(..4) {
        0 => bytes.pop(),
        1 => bytes.pop().map(|_| bytes.push(b' ')).map(|()| b' '),
        2 => {
            // The last character before the padding has bits that no encoder sets.
            let last = bytes.len() - 2;
            bytes[last] += 1;
            None
        }
        _ => {
            let at = rng.usize(..20);
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            None
        }
    };
    String::from_utf8(bytes).unwrap()
}

/// The URL with another port, where the peers can tell a port at all.
fn with_port(url: &str, port: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap());
    if authority.contains([']', '@']) {
        return url.to_owned();
    }
    let host = authority.split(':').next().unwrap();
    format!("{scheme}://{host}{port}{path}")
}
