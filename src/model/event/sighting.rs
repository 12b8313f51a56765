//! What was seen of a site, and from where.

use super::Balance;
use crate::model::https_only::forced_to_https;
use crate::model::name::HostName;
use crate::model::visitor::{Indirect, NameElsewhere, SeenFrom};
use serde::Serialize;

/// What was seen of a site, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The web server that was asked, if that is known.
    pub web: Option<HostName>,
    /// From where, if that is known.
    pub from: Option<SeenFrom>,
    /// How often each backend answered, and what was lost.
    pub balance: Balance,
}

/// What a person should know of a site that is as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum SiteWarning {
    /// Browsers open its domain with https only, and the lab serves http.
    HttpsOnly {
        /// The top-level domain because of which they do.
        top_level: &'static str,
    },
    /// Its domain ends in `.local`, which belongs to multicast DNS (RFC 6762): a Mac asks its network for it first, and waits.
    MulticastDns,
    /// It was not seen where visitors are.
    WebItselfOnly {
        /// Why this computer could not ask the site itself.
        why: Indirect,
    },
}

impl Sighting {
    /// Whether the page was got where visitors are.
    pub fn is_good_here(&self) -> bool {
        self.balance.holds() && self.from.as_ref().is_some_and(SeenFrom::is_here)
    }

    /// Whether browsers open the page when its address is typed.
    pub fn opens(&self) -> bool {
        self.is_good_here() && !self.warnings().iter().any(|each| matches!(each, SiteWarning::HttpsOnly { .. }))
    }

    /// What a person should know, whether the site is as it should be or not.
    pub fn warnings(&self) -> Vec<SiteWarning> {
        let https = forced_to_https(&self.balance.site).map(|top_level| SiteWarning::HttpsOnly { top_level });
        let last = self.balance.site.rsplit('.').next();
        let multicast = last.filter(|last| last.eq_ignore_ascii_case("local")).map(|_| SiteWarning::MulticastDns);
        let inside = match &self.from {
            Some(SeenFrom::WebItself { why }) => Some(SiteWarning::WebItselfOnly { why: why.clone() }),
            _ => None,
        };
        https.into_iter().chain(multicast).chain(inside).collect()
    }

    /// That the domain means another address here, where the site is not as it should be.
    pub fn elsewhere(&self) -> Option<NameElsewhere> {
        match (&self.from, self.balance.holds()) {
            (Some(SeenFrom::ThisComputer { address: Some(here), instead_of: Some(web) }), false) => {
                Some(NameElsewhere { domain: self.balance.site.clone(), here: *here, web: *web })
            }
            _ => None,
        }
    }
}
