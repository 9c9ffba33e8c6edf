//! Where processes run: on the machine itself, or in a network namespace.
//!
//! Makes commands only; who starts them is another matter.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// Where a process's network is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    namespace: Option<String>,
}

impl Place {
    /// The machine itself.
    pub const HERE: Self = Self { namespace: None };

    /// In the network namespace of this name.
    pub(crate) fn in_namespace(name: &str) -> Self {
        Self {
            namespace: Some(name.to_owned()),
        }
    }

    /// A command that runs there, with no input and without settings of toxdrop from the tester's environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = match &self.namespace {
            None => Command::new(program),
            Some(name) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", name]).arg(program);
                command
            }
        };
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TOXDROP_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null());
        command
    }
}
