//! `twconv doctor`: looks for settings of an account that do not work, and changes nothing.

mod account;
mod addresses;
mod hook;
mod probe;
mod report;
mod scoped;
mod services;
mod url;

use std::{collections::HashSet, time::Duration};

use twilio_conversations::{Client, RetryPolicy, ServiceSid};

use self::{probe::Targets, report::Report, scoped::Sample};
use super::reach::{self, Reach};
use crate::{
    config::Account,
    context::Context,
    failure::{Exit, Failure, Result},
    output::{OutputArgs, Printer},
};

/// Requests in flight at a time.
const IN_FLIGHT: usize = 4;

/// Looks for settings that do not work; changes nothing
///
/// Checks the credentials and their source, the clock, region and edge, the base URL, the default service and timers;
/// the webhooks of the account and of all services: URLs of developers' tunnels, of private hosts and of plain http,
/// methods that are GET or unset, filters without a URL and URLs without filters; address configurations whose service
/// or flow is gone; and default roles that are gone. With --service, only that service is checked beside the account.
///
/// A row is ok, warning or problem. Exit code 1 if there is a problem, else 0.
#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// Sends an unsigned HEAD request to the URL of each webhook, without query; 10 s each, follows no redirect
    #[arg(long)]
    probe: bool,
    /// Checks the webhooks of conversations too: of the latest N of each service, or of all
    #[arg(long, value_name = "N|all")]
    conversations: Option<Sample>,
    #[command(flatten)]
    output: OutputArgs,
}

impl Doctor {
    pub(crate) async fn run(self, context: &Context) -> Result<()> {
        let printer = Printer::new(&context.terminal, &self.output, report::ROW, true)?.wrapping();
        let reach = Reach::new(context, false)?;
        let mut report = Report::default();
        self.check(context, &reach, &mut report).await?;
        report.print(context, printer)
    }

    /// A client that waits for rate limits, since many requests are made.
    fn client(&self, account: &Account) -> Result<Client> {
        let patient = RetryPolicy::default().max_attempts(6).budget(Duration::from_secs(120));
        Ok(account.client()?.retry(patient).max_in_flight(IN_FLIGHT).build()?)
    }

    async fn check(&self, context: &Context, reach: &Reach, report: &mut Report) -> Result<()> {
        let Some((client, configuration)) = account::check(self, context, report).await else { return Ok(()) };
        let is_local = context.is_local()?;
        let mut targets = Targets::default();
        let services = match reach::all_services(&client).await {
            Ok(services) => services,
            Err(failure) => {
                report.unreadable("services", failure);
                return Ok(());
            }
        };
        let known: HashSet<&ServiceSid> = services.iter().map(|(sid, _)| sid).collect();
        let chosen = choose(&services, reach)?;

        account::check_default_service(&configuration, &known, report);
        match account::webhooks(&client).await {
            Ok(hook) => account::check_webhooks(&hook, is_local, report, &mut targets),
            Err(error) => report.unreadable("webhooks of the account", error),
        }
        services::check(&client, &chosen, is_local, report, &mut targets).await;
        if let Err(error) = addresses::check(&client, &known, is_local, report, &mut targets).await {
            report.unreadable("address configurations", error);
        }
        if let Some(sample) = self.conversations {
            scoped::check_all(&client, &chosen, sample, is_local, report, &mut targets).await;
        }
        if self.probe {
            probe::check(targets, is_local, report).await?;
        }
        Ok(())
    }
}

/// The services that are checked.
///
/// # Errors
///
/// The service of `--service` does not exist.
fn choose(services: &[(ServiceSid, String)], reach: &Reach) -> Result<Vec<(ServiceSid, String)>> {
    let Reach::One(wanted) = reach else { return Ok(services.to_vec()) };
    let found = services.iter().find(|(sid, _)| sid == wanted).cloned();
    let problem = format!("the account has no service {wanted}");
    found.map(|service| vec![service]).ok_or_else(|| Failure::new(problem).exit(Exit::NotFound))
}
