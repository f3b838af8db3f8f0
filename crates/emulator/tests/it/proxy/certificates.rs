//! The place of the CA, and starts that cannot use it.

use std::net::TcpListener;

use twilio_conversations_emulator::Emulator;

use super::client::Tunnel;

#[tokio::test]
async fn without_a_proxy_there_is_no_ca() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Emulator::builder().data_file(folder.path().join("state.db")).ca_folder(folder.path().join("ca"));
    let emulator = builder.start().await.unwrap();
    assert_eq!((emulator.proxy_url(), emulator.ca_certificate(), emulator.ca_file()), (None, None, None));
    assert!(emulator.proxy_vars("ca.pem").is_empty());
    assert!(!folder.path().join("ca").exists() && !folder.path().join("state.db-ca").exists());
}

#[tokio::test]
async fn a_ca_in_memory_is_another_one_for_each_emulator() {
    let (one, two) = (Emulator::builder().proxy(0).start().await, Emulator::builder().proxy(0).start().await);
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.ca_certificate().unwrap(), two.ca_certificate().unwrap());
    assert_eq!(one.ca_file(), None);
    assert_ne!(one.proxy_url(), two.proxy_url());
}

#[tokio::test]
async fn the_next_start_has_the_ca_of_the_folder_or_of_the_data_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state.db");
    let (beside, apart) = (folder.path().join("state.db-ca"), folder.path().join("apart"));
    for (ca_folder, expected) in [(None, &beside), (Some(&apart), &apart)] {
        let mut certificates = Vec::new();
        for _ in 0..2 {
            let mut builder = Emulator::builder().proxy(0).data_file(&data);
            if let Some(ca_folder) = ca_folder {
                builder = builder.ca_folder(ca_folder);
            }
            let emulator = builder.start().await.unwrap();
            assert_eq!(emulator.ca_file().unwrap(), expected.join("ca.pem"));
            let certificate = std::fs::read_to_string(expected.join("ca.pem")).unwrap();
            assert_eq!(emulator.ca_certificate().unwrap(), certificate);
            Tunnel::new(&emulator, "conversations.twilio.com").await.get("/v1/Services").await.expect(200);
            certificates.push(certificate);
            emulator.stop().await;
        }
        assert_eq!(certificates[0], certificates[1]);
    }
}

#[tokio::test]
async fn a_start_without_its_port_or_ca_fails_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("state.db");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Emulator::builder().proxy(port).data_file(&data).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on 127.0.0.1:{port} for the proxy"));
    assert!(std::error::Error::source(&error).is_some());
    let ca = folder.path().join("ca");
    std::fs::create_dir(&ca).unwrap();
    std::fs::write(ca.join("ca-key.pem"), "broken").unwrap();
    let error = Emulator::builder().proxy(0).data_file(&data).ca_folder(&ca).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot use the CA's key {}", ca.join("ca-key.pem").display()));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["ca"]);
}

#[tokio::test]
async fn the_variables_name_the_proxy_and_the_ca_file() {
    let emulator = Emulator::builder().proxy(0).start().await.unwrap();
    let url = emulator.proxy_url().unwrap().to_owned();
    let file = "/a b/ca.pem".to_owned();
    let expected = [
        ("HTTPS_PROXY", url.clone()),
        ("HTTP_PROXY", url),
        ("NO_PROXY", "localhost,127.0.0.1,::1".to_owned()),
        ("NODE_EXTRA_CA_CERTS", file.clone()),
        ("REQUESTS_CA_BUNDLE", file.clone()),
        ("SSL_CERT_FILE", file.clone()),
        ("CURL_CA_BUNDLE", file),
    ];
    assert_eq!(emulator.proxy_vars("/a b/ca.pem"), expected);
}
