//! The node's token: from the address's fragment into the tab's memory, and out of sight.
//!
//! The fragment never travels to a server; the session storage dies with the tab.

use web_sys::{Storage, Window};

const NAME: &str = "toxdrop-token";

/// The token of `#token=…`, which is then removed from the address bar; else the one remembered.
pub(crate) fn take_from_address() -> Option<String> {
    let window = web_sys::window()?;
    let fragment = window.location().hash().unwrap_or_default();
    match token_in(&fragment) {
        Some(token) => {
            remember(&token);
            hide_fragment(&window);
            Some(token)
        }
        None => storage()?.get_item(NAME).ok().flatten(),
    }
}

/// Keeps the token until the tab is closed.
pub(crate) fn remember(token: &str) {
    if let Some(storage) = storage() {
        // Full or forbidden storage costs a second paste, no more.
        storage.set_item(NAME, token).ok();
    }
}

/// Forgets a token that the node refused.
pub(crate) fn forget() {
    if let Some(storage) = storage() {
        storage.remove_item(NAME).ok();
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.session_storage().ok()?
}

fn hide_fragment(window: &Window) {
    let location = window.location();
    let path = location.pathname().unwrap_or_else(|_| "/".to_owned());
    let search = location.search().unwrap_or_default();
    if let Ok(history) = window.history() {
        let clean = format!("{path}{search}");
        history
            .replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&clean))
            .ok();
    }
}

/// `abc` of `#token=abc` or `#x=1&token=abc`.
fn token_in(fragment: &str) -> Option<String> {
    fragment
        .trim_start_matches('#')
        .split('&')
        .find_map(|pair| pair.strip_prefix("token="))
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::token_in;

    #[test]
    fn token_is_found_in_the_fragment() {
        assert_eq!(token_in("#token=abc").as_deref(), Some("abc"));
        assert_eq!(token_in("#a=b&token=abc").as_deref(), Some("abc"));
        assert_eq!(token_in("#token="), None);
        assert_eq!(token_in(""), None);
    }
}
