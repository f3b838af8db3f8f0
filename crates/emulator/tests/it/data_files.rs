//! Which files are accepted as data files: a rejected one keeps every byte.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use twilio_conversations_emulator::Emulator;

use crate::support::Instance;

/// Starts an emulator with a data file, which must be rejected and left unchanged. Returns the error and its sources.
async fn rejected(file: &Path) -> String {
    let before = folder(file);
    let error = Emulator::builder().data_file(file).start().await.expect_err("the file was accepted");
    assert_eq!(folder(file), before, "{error}");
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    assert!(text.contains(&*file.display().to_string()), "{text}");
    text
}

/// Names and contents of the files beside a file.
fn folder(file: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let entries = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).ok())).collect();
    files.sort();
    files
}

fn temporary(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    (folder, file)
}

#[tokio::test]
async fn the_database_of_another_program_is_rejected_unchanged() {
    for (name, sql) in [
        ("tables without any version", "CREATE TABLE songs (title)"),
        ("a view", "CREATE VIEW songs AS SELECT 1"),
        ("a table with one of our names", "CREATE TABLE account (id)"),
        ("our version number", "CREATE TABLE songs (title); PRAGMA user_version = 3"),
        ("another version number", "CREATE TABLE songs (title); PRAGMA user_version = 9"),
        ("a version number and no table", "PRAGMA user_version = 3"),
        ("another application", "CREATE TABLE songs (title); PRAGMA application_id = 7"),
        ("another application without tables", "PRAGMA application_id = 7"),
        ("write-ahead logging", "PRAGMA journal_mode = WAL; CREATE TABLE songs (title)"),
    ] {
        let (_folder, file) = temporary("odd % name? #1 ü.db");
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        assert!(rejected(&file).await.contains("another program"), "{name}");
    }
}

#[tokio::test]
async fn the_write_ahead_log_of_another_program_is_read_and_stays() {
    let (folder, file) = temporary("live.db");
    let db = Connection::open(&file).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE songs (title)").unwrap();
    // As a crash leaves them: the file has no table yet, the log has it.
    let copy = folder.path().join("crashed");
    fs::create_dir(&copy).unwrap();
    for name in ["live.db", "live.db-wal"] {
        fs::copy(folder.path().join(name), copy.join(name)).unwrap();
    }
    assert!(rejected(&copy.join("live.db")).await.contains("another program"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_rejected_unchanged() {
    for content in ["x", "SQLite format 3", "SQLite format 3\0", &"no database ".repeat(1000)] {
        let (_folder, file) = temporary("notes.txt");
        fs::write(&file, content).unwrap();
        assert!(rejected(&file).await.contains("it is not a SQLite database"));
    }
}

#[tokio::test]
async fn a_damaged_database_is_rejected_unchanged() {
    let (_folder, file) = temporary("damaged.db");
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.resize(8192, 0xff);
    fs::write(&file, bytes).unwrap();
    assert!(rejected(&file).await.contains("cannot read the data file"));
}

#[tokio::test]
async fn a_directory_is_rejected() {
    let (_folder, directory) = temporary("directory");
    fs::create_dir(&directory).unwrap();
    assert!(rejected(&directory).await.contains("it is a directory"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_socket_is_rejected() {
    let (_folder, file) = temporary("socket");
    let _socket = std::os::unix::net::UnixListener::bind(&file).unwrap();
    assert!(rejected(&file).await.contains("it is not a regular file"));
}

#[tokio::test]
async fn a_read_only_file_is_rejected_unchanged() {
    let (_folder, file) = temporary("data.db");
    Instance::of(Emulator::builder().data_file(&file)).await.emulator.stop().await;
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    assert!(rejected(&file).await.contains("it is read-only"));
}

#[tokio::test]
async fn a_file_in_a_folder_that_does_not_exist_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let error = Emulator::builder().data_file(folder.path().join("none/data.db")).start().await.unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
}

#[tokio::test]
async fn files_of_other_versions_of_the_emulator_are_rejected_with_their_version() {
    let unmarked = "CREATE TABLE account (id); CREATE TABLE conversation (id); CREATE TABLE delivery (id);
                    CREATE TABLE scoped_webhook (id); PRAGMA user_version = 2";
    let (_folder, file) = temporary("old.db");
    Connection::open(&file).unwrap().execute_batch(unmarked).unwrap();
    let problem = rejected(&file).await;
    assert!(problem.contains("schema version 2 of an earlier emulator, this emulator reads version"), "{problem}");

    let (_folder, file) = temporary("new.db");
    Instance::of(Emulator::builder().data_file(&file)).await.emulator.stop().await;
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 1000").unwrap();
    let problem = rejected(&file).await;
    assert!(problem.contains("schema version 1000, this emulator reads version"), "{problem}");
}

#[tokio::test]
async fn an_empty_file_is_used_and_marked() {
    let (_folder, file) = temporary("odd % name? #1 ü.db");
    fs::write(&file, "").unwrap();
    for count in [1, 2] {
        let instance = Instance::of(Emulator::builder().data_file(&file)).await;
        instance.service("another").await;
        let services = instance.get("/v1/Services").await.expect(200).body;
        assert_eq!(services["services"].as_array().unwrap().len(), 1 + count);
        instance.emulator.stop().await;
    }
    let id: i64 = Connection::open(&file).unwrap().query_row("PRAGMA application_id", [], |row| row.get(0)).unwrap();
    assert_eq!(id, 0x5477_4365);
}
