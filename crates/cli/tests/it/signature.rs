//! `twconv sign` and `twconv verify`.

use std::process::Output;

use twilio_conversations::webhook::{Algorithm, Signer};

use crate::harness::{bare, run, run_with_input, text};

/// The token of the vectors that the libraries of the vendor are tested with.
const TOKEN: &str = "12345";
const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const FORM: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

async fn twconv(args: &[&str], input: &[u8]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = bare(home.path(), args);
    command.env("TWILIO_AUTH_TOKEN", TOKEN);
    run_with_input(command, input.to_vec()).await
}

#[tokio::test]
async fn the_vectors_are_signed_and_verified() {
    let json = r#"{"property": "value", "boolean": true}"#;
    for (args, signature) in [
        (&["--url", URL, "--data", FORM][..], SIGNATURE),
        (&["--url", "https://mycompany.com:443/myapp.php?foo=1&bar=2", "-d", FORM], "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (&["--url", URL, "--data", json, "-H", "Content-Type: application/json"], "a9nBmqA0ju/hNViExpshrM61xv4="),
        (
            &["--url", URL, "-d", "Sid=CA123&SidAccount=AC123", "-d", "Digits=5678&Digits=1234&Digits=1234"],
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
    ] {
        let output = twconv(&[&["sign"], args].concat(), b"").await;
        assert_eq!(text(&output.stdout), format!("{signature}\n"), "{}", text(&output.stderr));
    }
    let output = twconv(&["verify", "--url", URL, "--data", FORM, "--signature", SIGNATURE], b"").await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let output = twconv(&["verify", "--url", URL, "--data", "Digits=1", "--signature", SIGNATURE], b"").await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the signature does not match"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn a_request_is_read_from_a_file_or_stdin_as_raw_http() {
    let raw = format!(
        "POST /myapp.php?foo=1&bar=2 HTTP/1.1\r\nHost: mycompany.com\r\nX-Twilio-Signature: {SIGNATURE}\r\n\
         Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {}\r\n\r\n{FORM}\n",
        FORM.len()
    );
    assert_eq!(twconv(&["verify", "-"], raw.as_bytes()).await.status.code(), Some(0));
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("request.txt");
    std::fs::write(&file, &raw).unwrap();
    let output = twconv(&["verify", file.to_str().unwrap()], b"").await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let other = ["verify", "--url", "https://other.example/", file.to_str().unwrap()];
    assert_eq!(twconv(&other, b"").await.status.code(), Some(1));
    let file = home.path().join("body");
    std::fs::write(&file, FORM).unwrap();
    let args = ["verify", "--url", URL, "--data-file", file.to_str().unwrap(), "-X", "post", "--signature", SIGNATURE];
    assert_eq!(twconv(&args, b"").await.status.code(), Some(0));
}

#[tokio::test]
async fn the_token_comes_from_a_file_or_stdin_too() {
    let home = tempfile::tempdir().unwrap();
    let args = ["sign", "--url", URL, "--data", FORM, "--token-file", "-"];
    let output = run_with_input(bare(home.path(), &args), b"12345\n".to_vec()).await;
    assert_eq!(text(&output.stdout), format!("{SIGNATURE}\n"), "{}", text(&output.stderr));
    let output = run_with_input(bare(home.path(), &args), b"\n \n".to_vec()).await;
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let output = run_with_input(bare(home.path(), &args), vec![b'x'; 65 * 1024]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("larger than 64 KiB"), "{}", text(&output.stderr));
    let output = run(bare(home.path(), &["sign", "--url", URL])).await;
    assert_eq!(output.status.code(), Some(4), "no token: {}", text(&output.stderr));
}

#[tokio::test]
async fn the_curl_command_has_the_signature_and_not_the_token() {
    let output = twconv(&["sign", "--url", URL, "--data", "Body=it's", "--curl"], b"").await;
    let command = text(&output.stdout);
    let signature = Signer::new(TOKEN).unwrap().sign_pairs(URL, [("Body", "it's")]);
    assert!(command.starts_with(&format!("curl -X POST '{URL}'")), "{command}");
    assert!(command.contains(&format!("'X-Twilio-Signature: {signature}'")), "{command}");
    assert!(command.contains(r"--data-raw 'Body=it'\''s'") && !command.contains(TOKEN), "{command}");
}

#[tokio::test]
async fn sha256_is_signed_and_verified_by_its_header() {
    let args = ["sign", "--url", URL, "--data", FORM, "--algorithm", "sha256"];
    let signature = text(&twconv(&args, b"").await.stdout);
    let settings = "X-Twilio-Webhooks-Signature-Settings: key=k,algorithm=HMAC_SHA256";
    let args = ["verify", "--url", URL, "--data", FORM, "--signature", signature.trim(), "-H", settings];
    assert_eq!(twconv(&args, b"").await.status.code(), Some(0));
    let output = twconv(&args[..7], b"").await;
    assert_eq!(output.status.code(), Some(1), "the default is SHA-1");
}

/// The signature of a form as the vendor computes it.
fn signed(url: &str, pairs: &[(&str, &str)]) -> String {
    Signer::new(TOKEN).unwrap().sign_pairs(url, pairs.iter().copied())
}

async fn why(args: &[&str], signature: &str) -> String {
    let output = twconv(&[&["verify", "--why", "--signature", signature], args].concat(), b"").await;
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[tokio::test]
async fn why_names_the_part_of_the_url_that_differs() {
    const BODY: &[(&str, &str)] = &[("Body", "hi")];
    for (signed_url, url, headers, found) in [
        ("http://h.example/p", "https://h.example/p", &[][..], &["scheme: http in place of https"][..]),
        ("https://h.example/p", "https://h.example:8443/p", &[], &[]),
        (
            "https://h.example:8443/p",
            "https://h.example/p",
            &["Host: h.example:8443"],
            &["port: 8443 of the header host"],
        ),
        ("https://h.example/p/", "https://h.example/p", &[], &["path: with a slash at the end"]),
        ("https://h.example/p", "https://h.example/p/", &[], &["path: without the slash at the end"]),
        (
            "https://public.example/p",
            "http://10.0.0.1:3000/p",
            &["X-Forwarded-Host: public.example"],
            &["scheme: https in place of http", "host: public.example of the header x-forwarded-host", "port: none"],
        ),
        ("https://h.example/p?a=1", "https://h.example/p?b=2&a=1", &[], &[]),
        ("https://h.example/p?a=1&b=2", "https://h.example/p?b=2&a=1", &[], &["query: its fields sorted"]),
        ("https://h.example/p", "https://h.example/p?a=1", &[], &["query: none"]),
        ("https://h.example/p?a=x%20y", "https://h.example/p?a=x+y", &[], &["query: spaces as %20"]),
        ("https://h.example/%C3%A9", "https://h.example/%c3%a9", &[], &["path: percent-encoding in upper case"]),
        ("https://h.example/p", "https://u:p@h.example/p", &[], &[]),
    ] {
        let mut args = vec!["--url", url, "--data", "Body=hi"];
        headers.iter().for_each(|header| args.extend(["-H", header]));
        let signature = signed(signed_url, BODY);
        if found.is_empty() {
            // The verifier itself tries these, or nothing explains them.
            let output = twconv(&[&["verify", "--why", "--signature", &signature], &args[..]].concat(), b"").await;
            let said = text(&output.stdout);
            assert!(said.contains("the signature matches\n") || said.contains("matches none"), "{url}: {said}");
            continue;
        }
        let said = why(&args, &signature).await;
        assert!(found.iter().all(|part| said.contains(part)), "{signed_url}, {url}: {said}");
        assert!(said.contains(&format!("the URL that was signed: {signed_url}")), "{said}");
        assert_eq!(said.lines().count(), found.len() + 2, "no change but these: {said}");
    }
}

#[tokio::test]
async fn why_names_the_encoding_that_differs() {
    for (pairs, body, found) in [
        (&[("Body", "1+1")][..], "Body=1+1", "fields: + is a plus sign, not a space"),
        (&[("Body", "a%20b")], "Body=a%20b", "fields: not percent-decoded"),
        (&[("Body", "é")], "Body=%E9", "charset: ISO-8859-1 in place of UTF-8"),
        (&[("Body", "é")], "Body=%C3%83%C2%A9", "charset: the values were encoded as UTF-8 twice"),
        (&[("Body", "a\r\nb")], "Body=a%0Ab", "line breaks: CRLF in place of LF"),
        (&[("Body", "a")], "Body=+a+", "fields: white space around the values removed"),
        (&[("A", "1")], "A=1&A=2", "repeated fields: the first value only"),
        (&[("A", "2")], "A=1&A=2", "repeated fields: the last value only"),
        (&[("A", "1,2")], "A=1&A=2", "repeated fields: one value, joined by commas"),
        (&[("A", "1A1")], "A=1&A=1", "repeated fields: every value, equal ones as well"),
        (&[("A", "1")], "A=1&B=", "fields: empty ones left out"),
        (&[], "A=1", "fields: left out, so the URL alone was signed"),
        (&[("B", "1A2")], "B=1&A=2", "fields: in the order of the form, not sorted"),
    ] {
        let said = why(&["--url", "https://h.example/p", "--data", body], &signed("https://h.example/p", pairs)).await;
        assert!(said.contains(found), "{body}: {said}");
        assert_eq!(said.lines().count(), 3, "{body}: {said}");
    }
}

#[tokio::test]
async fn why_tries_other_tokens_and_algorithms() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("tokens");
    std::fs::write(&file, "wrong\n\nthe other token\n").unwrap();
    let args = ["--url", "https://h.example/p", "--data", "Body=hi", "--try-token-file", file.to_str().unwrap()];
    let sign = |token: &str, algorithm| {
        Signer::new(token).unwrap().algorithm(algorithm).sign_pairs("https://h.example/p", [("Body", "hi")])
    };
    let said = why(&args, &sign("the other token", Algorithm::HmacSha1)).await;
    assert!(said.contains("token: the token of line 2 of ") && !said.contains("the other token"), "{said}");
    let said = why(&args[..4], &sign(TOKEN, Algorithm::HmacSha256)).await;
    assert!(said.contains("algorithm: HMAC_SHA256, by the length of the signature"), "{said}");
    let said = why(&args[..4], &sign("12345\n", Algorithm::HmacSha1)).await;
    assert!(said.contains("token: the auth token, with a line break at its end"), "{said}");
    let said = why(&args[..4], &sign("unknown", Algorithm::HmacSha1)).await;
    assert!(said.starts_with("the signature matches none of ") && !said.contains(TOKEN), "{said}");
}

#[tokio::test]
async fn malformed_input_is_named() {
    let url = ["--url", "https://h.example/p"];
    for (args, code, problem) in [
        (&["verify", "--url", "h.example", "--signature", SIGNATURE][..], 2, "expected an http or https URL"),
        (&["verify", "--signature", SIGNATURE], 2, "--url"),
        (&["verify", url[0], url[1]], 2, "the signature is missing"),
        (&["verify", url[0], url[1], "--signature", "abc"], 1, "x-twilio-signature is malformed"),
        (&["verify", url[0], url[1], "--signature", "a\u{7}"], 2, "--signature"),
        (&["verify", url[0], url[1], "-X", "P ST", "--signature", SIGNATURE], 2, "--method"),
        (&["verify", url[0], url[1], "-X", "PUT", "--signature", SIGNATURE], 1, "method"),
        (&["verify", "/nowhere/at/all"], 2, "/nowhere/at/all"),
        (&["verify", "-"], 2, "it is empty"),
        (&["verify", "-", "--token-file", "-"], 2, "stdin can be read once only"),
        (&["sign", url[0], url[1], "--data-file", "-", "--token-file", "-"], 2, "stdin can be read once only"),
        (&["verify", "-", "--why", "--try-token-file", "-"], 2, "stdin can be read once only"),
        (&["verify", "-", "--data", "x"], 2, "cannot be used with"),
        (&["sign", url[0], url[1], "--data", "a=%FF"], 2, "utf-8"),
        (&["sign", url[0], url[1], "-H", "no colon"], 2, "--header"),
    ] {
        let output = twconv(args, b"").await;
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        assert!(error.contains(problem), "{args:?}: {error}");
    }
    let output = twconv(&["verify", "-"], b"POST / HTTP/1.1\r\nX-Twilio-Signature: x\r\n\r\n").await;
    assert!(text(&output.stderr).contains("no header Host"), "{}", text(&output.stderr));
    let output = twconv(&["sign", url[0], url[1], "--data", "a=b", "--silent"], b"").await;
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), ""));
    let output = twconv(&["verify", "-"], &vec![b'x'; 1024 * 1024 + 1]).await;
    assert!(text(&output.stderr).contains("larger than 1 MiB"), "{}", text(&output.stderr));
    let output = twconv(&["verify", url[0], url[1], "--signature", "abc", "--why"], b"").await;
    assert!(text(&output.stdout).contains("is not base64 of 20 bytes"), "{}", text(&output.stdout));
}
