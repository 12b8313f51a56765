//! What a machine is told for its first boot: who may log in, and its host key. Multipass adds a key of its own.

use serde_json::json;

/// The user data. Multipass gets it on its standard input: as a snap it cannot read every folder, and a host key is a secret.
pub fn user_data(login: &str, private: &str, public: &str) -> String {
    // In double quotes, texts of JSON are texts of YAML.
    let (login, private, public) = (json!(login), json!(private), json!(public));
    format!(
        "#cloud-config\nssh_authorized_keys:\n  - {login}\nssh_keys:\n  ed25519_private: {private}\n  ed25519_public: {public}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::yaml::{Node, parse};
    use crate::model::problem::Source;

    #[test]
    fn keys_stay_as_they_are() {
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn+/=\n-----END OPENSSH PRIVATE KEY-----\n";
        let text = user_data("ssh-ed25519 AAAA labctl flix", private, "ssh-ed25519 BBBB web");
        assert!(text.starts_with("#cloud-config\n"), "{text}");
        let read = parse(&Source::new("t", &text)).unwrap();
        let keys = read.get("ssh_keys").unwrap();
        assert_eq!(keys.get("ed25519_private").and_then(Node::text), Some(private));
        assert_eq!(keys.get("ed25519_public").and_then(Node::text), Some("ssh-ed25519 BBBB web"));
    }
}
