//! `examples/receive_with_hyper.rs`: no framework, the same answers.

use twilio_conversations::webhook::Signer;

use super::{Program, TOKEN, refuses_to_start_without_a_token, send};

fn participant(identity: &str) -> [(&str, &str); 2] {
    [("EventType", "onParticipantAdd"), ("Identity", identity)]
}

#[test]
fn forms_and_queries_are_verified_and_answered() {
    let receiver = Program::start("receive_with_hyper", 0, &[], &[]);
    assert_eq!(receiver.post(&participant("alice")).status, 200);
    assert_eq!(receiver.post(&participant("mallory")).status, 403);
    assert_eq!(receiver.post(&[("EventType", "onParticipantAdded"), ("Identity", "mallory")]).status, 200);
    assert_eq!(receiver.post(&[("EventType", "onInventedAdded")]).status, 200);

    let signer = Signer::new(TOKEN).unwrap();
    for (identity, status) in [("alice", 200), ("mallory", 403)] {
        let get = signer.get(&receiver.url("/hooks?tenant=7"), participant(identity)).unwrap();
        assert_eq!(send(receiver.address, &get).unwrap().status, status, "{identity}");
    }
}

#[test]
fn what_cannot_be_verified_or_read_is_refused_with_its_status() {
    let receiver = Program::start("receive_with_hyper", 0, &[], &[]);
    let signer = Signer::new(TOKEN).unwrap();
    let url = receiver.url("/");
    let forged = Signer::new("stranger").unwrap().post_form(&url, participant("alice")).unwrap();
    let mut unsigned = forged.clone();
    unsigned.headers_mut().remove("x-twilio-signature");
    // Over the limit by so little that the server has read all of it when it answers, and nothing is reset.
    let large = "x".repeat(262_144);
    for (request, status) in [
        (forged, 403),
        (unsigned, 400),
        (signer.post_form(&url, [("Body", large.as_str())]).unwrap(), 413),
        (signer.post_form(&url, [("Body", "no event")]).unwrap(), 422),
    ] {
        assert_eq!(send(receiver.address, &request).unwrap().status, status);
    }
    // It is still there.
    assert_eq!(receiver.post(&participant("alice")).status, 200);
}

#[test]
fn it_does_not_start_without_a_token() {
    refuses_to_start_without_a_token("receive_with_hyper");
}
