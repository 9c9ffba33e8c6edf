//! Remembers which kernel is fastest on which adapter with which driver.
//!
//! Does not matter: without the file, or with a broken one, the race is run again.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::kernel::Variant;

/// Changes when the kernels do, so that old choices are not trusted.
const FILE: &str = "pow-kernels-2.json";

/// See the module's documentation.
pub(super) struct ChoiceCache {
    path: Option<PathBuf>,
}

impl ChoiceCache {
    /// In the user's cache directory, if there is one.
    pub(super) fn of_user() -> Self {
        let directories = directories::ProjectDirs::from("", "", "toxdrop");
        Self {
            path: directories.map(|d| d.cache_dir().join(FILE)),
        }
    }

    fn read(&self) -> BTreeMap<String, Variant> {
        let text = self.path.as_ref().and_then(|p| std::fs::read(p).ok());
        text.and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default()
    }

    pub(super) fn get(&self, key: &str) -> Option<Variant> {
        self.read().get(key).copied()
    }

    pub(super) fn put(&self, key: String, variant: Variant) {
        let Some(path) = &self.path else { return };
        let mut choices = self.read();
        choices.insert(key, variant);
        let write = || -> std::io::Result<()> {
            if let Some(directory) = path.parent() {
                std::fs::create_dir_all(directory)?;
            }
            // Whole or not at all, whoever else writes at the same time.
            let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
            std::fs::write(&temporary, serde_json::to_vec(&choices)?)?;
            std::fs::rename(&temporary, path)
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "choice of proof-of-work kernel not saved");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_is_read_back_and_a_broken_file_is_like_none() {
        let directory = std::env::temp_dir().join(format!("toxdrop-pow-{}", std::process::id()));
        let path = directory.join(FILE);
        let cache = ChoiceCache {
            path: Some(path.clone()),
        };
        assert_eq!(cache.get("card"), None);
        cache.put("card".into(), Variant::U64);
        cache.put("other".into(), Variant::Vec2);
        assert_eq!(cache.get("card"), Some(Variant::U64));
        std::fs::write(&path, b"{broken").unwrap();
        assert_eq!(cache.get("card"), None);
        std::fs::remove_dir_all(directory).unwrap();
    }
}
