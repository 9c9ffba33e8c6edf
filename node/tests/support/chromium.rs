//! A headless Chromium that tests drive through chromedriver.
//!
//! Knows nothing of the page; it ends with the test, also when that fails.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;

/// How long anything on the page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// The browser and its driver.
pub(crate) struct Chromium {
    driver: Child,
    /// Commands go here.
    pub(crate) client: Client,
    _profile: tempfile::TempDir,
}

impl Chromium {
    /// Starts both, with a window of this size.
    pub(crate) async fn start(width: u32, height: u32, dark: bool) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is missing: run `cargo xtask setup`");
        let output = BufReader::new(driver.stdout.take().unwrap());
        let port = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| port_in(&line))
            .expect("chromedriver ended without naming its port");
        let profile = tempfile::tempdir().unwrap();
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--force-device-scale-factor=1".to_owned(),
            format!("--window-size={width},{height}"),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if dark {
            arguments.push("--blink-settings=preferredColorScheme=0".to_owned());
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert(
            "goog:chromeOptions".to_owned(),
            serde_json::json!({ "args": arguments }),
        );
        capabilities.insert(
            "goog:loggingPrefs".to_owned(),
            serde_json::json!({ "browser": "ALL" }),
        );
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver cannot start Chromium");
        Self {
            driver,
            client,
            _profile: profile,
        }
    }

    /// Waits until an element is there.
    pub(crate) async fn wait(&self, css: &str) -> fantoccini::elements::Element {
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("no {css}: {error}\n{}", self.text().await),
        }
    }

    /// Waits until the page shows a text.
    pub(crate) async fn wait_for_text(&self, wanted: &str) {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let text = self.text().await;
            if text.contains(wanted) {
                return;
            }
            assert!(
                tokio::time::Instant::now() < end,
                "the page never said {wanted:?}, but:\n{text}"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// All text that a person sees.
    async fn text(&self) -> String {
        let script = "return document.body ? document.body.innerText : ''";
        match self.client.execute(script, vec![]).await {
            Ok(value) => value.as_str().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    /// Clicks the first element.
    pub(crate) async fn click(&self, css: &str) {
        let element = self.wait(css).await;
        if let Err(error) = element.click().await {
            panic!("cannot click {css}: {error}");
        }
    }

    /// Types into the first element.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        self.wait(css).await.send_keys(text).await.unwrap();
    }

    /// Saves what the window shows under target/screenshots, where people look at it.
    pub(crate) async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, self.client.screenshot().await.unwrap()).unwrap();
        file
    }

    /// Makes the window as tall as the page, for a picture of all of it.
    pub(crate) async fn fit_height(&self, width: u32) {
        let script = "return document.documentElement.scrollHeight";
        let height = self.client.execute(script, vec![]).await.unwrap();
        let height = u32::try_from(height.as_u64().unwrap_or(900)).unwrap_or(900);
        let height = height.clamp(600, 4_000) + 150;
        self.client.set_window_size(width, height).await.unwrap();
    }

    /// Closes the browser.
    pub(crate) async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Chromium follows its driver.
        self.driver.kill().ok();
        self.driver.wait().ok();
    }
}

fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("started successfully on port ")?;
    rest.trim_end_matches('.').trim().parse().ok()
}
