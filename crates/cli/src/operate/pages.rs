//! Files about the program itself, made from its own commands: shell completions and man pages.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use clap_complete::Shell;

use crate::failure::{Failure, Result};

/// Prints a script that completes commands, flags and values in a shell
///
/// Bash: twconv completions bash > ~/.local/share/bash-completion/completions/twconv
/// Zsh: twconv completions zsh > a file _twconv in a folder of $fpath
/// Fish: twconv completions fish > ~/.config/fish/completions/twconv.fish
/// PowerShell: twconv completions powershell | Out-String | Invoke-Expression, in the profile
/// Elvish: eval (twconv completions elvish | slurp), in rc.elv
///
/// Values of flags are completed by bash, fish and zsh.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Completions {
    /// Shell that reads the script
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// - `root`: the root command with all commands below it.
    ///
    /// # Errors
    ///
    /// Stdout cannot be written.
    pub(crate) fn run(&self, root: &clap::Command) -> Result<()> {
        let mut root = without_hidden(root);
        let name = root.get_name().to_owned();
        // The generator panics where it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut root, name, &mut script);
        let mut stdout = io::stdout().lock();
        stdout.write_all(&script).and_then(|()| stdout.flush())?;
        Ok(())
    }
}

/// The command without the hidden commands below it, which the script for bash would offer.
fn without_hidden(command: &clap::Command) -> clap::Command {
    let shown = command.get_subcommands().filter(|below| !below.is_hide_set()).map(without_hidden);
    let mut copy = clap::Command::new(command.get_name().to_owned()).args(command.get_arguments().cloned());
    if let Some(about) = command.get_about() {
        copy = copy.about(about.clone());
    }
    if let Some(version) = command.get_version() {
        copy = copy.version(version.to_owned());
    }
    copy.visible_aliases(command.get_visible_aliases().map(str::to_owned).collect::<Vec<_>>()).subcommands(shown)
}

/// Writes a man page for each command into a folder
#[derive(Debug, clap::Args)]
pub(crate) struct Man {
    /// Folder, which is created if it does not exist
    folder: PathBuf,
}

impl Man {
    /// - `root`: the root command with all commands below it.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(crate) fn run(&self, root: clap::Command) -> Result<()> {
        let failed =
            |error: io::Error| Failure::new(format!("writing man pages to {}", self.folder.display())).source(error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        clap_mangen::generate_to(root, &self.folder).map_err(failed)
    }
}
