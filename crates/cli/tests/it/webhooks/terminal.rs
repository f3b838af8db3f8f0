//! `twconv webhooks` on a terminal: the prompt of `apply`, and the text of `explain`.

use super::site::Site;
use crate::terminal::on_terminal;

const FILE: &str = "[account]\nmethod = \"POST\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn apply_prompts_for_a_confirmation_and_no_is_the_default() {
    let site = Site::start().await;
    site.write("webhooks.toml", FILE);
    let apply = |typed: &str| {
        let args = ["webhooks", "apply", "webhooks.toml"];
        on_terminal(&site.twconv, 200, &args, &[("[y/N]", typed)])
    };
    for typed in ["\n", "n\n", "\u{4}"] {
        let (code, screen) = apply(typed);
        assert_eq!(code, 1, "{typed:?}\n{screen}");
        assert!(screen.contains("account  method: GET -> POST"), "the plan comes before the prompt: {screen}");
        assert!(screen.contains("not confirmed, so nothing was done"), "{screen}");
    }
    assert_eq!(site.proxy.take_writes(), []);
    let (code, screen) = apply("y\n");
    assert_eq!((code, site.proxy.take_writes().len()), (0, 1), "{screen}");
    assert!(screen.ends_with("updated account\n1 of 1 changes made\n"), "{screen}");
    let (code, screen) = on_terminal(&site.twconv, 200, &["webhooks", "apply", "webhooks.toml"], &[]);
    assert_eq!((code, screen.as_str()), (0, "no changes: the webhooks are as in webhooks.toml\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn apply_does_not_prompt_with_no_input_or_yes() {
    let site = Site::start().await;
    site.write("webhooks.toml", FILE);
    let args = ["webhooks", "apply", "webhooks.toml", "--no-input"];
    let (code, screen) = on_terminal(&site.twconv, 200, &args, &[]);
    assert!(code == 2 && screen.contains("confirm by --yes"), "{code}\n{screen}");
    assert_eq!(site.proxy.take_writes(), []);
    let args = ["webhooks", "apply", "webhooks.toml", "--yes"];
    let (code, screen) = on_terminal(&site.twconv, 200, &args, &[]);
    assert!(code == 0 && !screen.contains("[y/N]"), "{code}\n{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_needs_a_confirmation_is_shown_in_spite_of_quiet() {
    let site = Site::start().await;
    site.write("webhooks.toml", FILE);
    let args = ["webhooks", "apply", "webhooks.toml", "--quiet"];
    let (code, screen) = on_terminal(&site.twconv, 200, &args, &[("[y/N]", "y\n")]);
    assert!(code == 0 && screen.contains("account  method: GET -> POST"), "{code}\n{screen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_cuts_no_reason_on_a_narrow_terminal() {
    let site = Site::start().await;
    site.apply("[services.Support]\npost_webhook_url = \"https://example.com/post\"\nfilters = [\"onMessageAdded\"]\n");
    let args = ["webhooks", "explain", "--event", "onMessageAdded", "--service", site.service.as_str(), "--quiet"];
    let (code, screen) = on_terminal(&site.twconv, 80, &args, &[]);
    let service = &site.service;
    let expected = format!(
        "not called     account\n               the service has webhooks of its own, which silence the account's (documented)\n\
         called         service {service} POST https://example.com/post\n               its filters have the event; the \
         method of a configuration without one is not documented (assumed)\n"
    );
    assert_eq!((code, screen), (0, expected));
    let (_, table) = on_terminal(&site.twconv, 80, &[&args[..], &["-o", "table"]].concat(), &[]);
    assert!(table.starts_with("ORDER  SCOPE"), "{table}");
}
