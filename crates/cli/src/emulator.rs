//! `twconv emulator`: the emulator as a command, with the options of its own program.

use std::{ffi::OsString, io};

use clap::Args;
use twilio_conversations_emulator::program;

use crate::failure::{Failure, Result};

/// Runs a local Twilio Conversations until Ctrl-C. `twconv emulator --help` lists its options.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct EmulatorCommand {
    /// Options of the emulator
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    args: Vec<OsString>,
}

impl EmulatorCommand {
    /// Runs the emulator. Every error has exit code 2, as that of the emulator's own program.
    ///
    /// # Errors
    ///
    /// A wrong option, or an emulator that cannot be started.
    pub(crate) async fn run(self) -> Result<()> {
        program::run("twconv emulator", self.args).await.map_err(|error| match error.downcast::<io::Error>() {
            Ok(error) if error.kind() == io::ErrorKind::BrokenPipe => Failure::from(*error),
            Ok(error) => Failure::usage("emulator").source(error),
            Err(error) => Failure::usage("emulator").source(error),
        })
    }
}
