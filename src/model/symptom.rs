//! What is behind the answers that a visitor gets, as far as it can be told from here: the key of the table that explains
//! them (`reporting`), and of whoever decides by it.

use crate::model::visitor::{Asked, VisitError};

/// What a visitor may meet instead of the page, or a count find wrong; each has one explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// A 502 from an nginx that asks no server of the site for a while.
    NobodyLeft,
    /// A 502: the application's port is closed.
    BadGateway,
    /// A 504, or no answer in time: the application does not answer.
    GatewayTimeout,
    /// The web server's port is closed.
    Refused,
    /// Nothing comes back from the web server's address.
    Silence,
    /// This computer knows no address for the domain.
    NameUnknown,
    /// The domain means another address on this computer.
    NameElsewhere,
    /// Another site of nginx answered, such as its welcome page.
    DefaultSite,
    /// The site that answered has another configuration than the inventory's.
    OtherConfiguration,
    /// A server answered that the site does not have.
    OtherServer,
    /// Only some of the site's servers answered.
    MissingServer,
    /// A server's share is not what the method promises.
    WrongShares,
    /// The right server answered with another page.
    WrongPage,
    /// The answer sends the visitor to another address.
    Redirect,
    /// A 403: nginx looked for files.
    Forbidden,
    /// A 404: nginx has no such page.
    NotFound,
    /// A 403 or 404 of the application itself: nginx has asked it.
    AppRefuses,
    /// A 500 or 503: the application failed itself.
    ServerError,
    /// The connection broke, or what came is not HTTP.
    Broken,
}

impl Symptom {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 19] = [
        Self::NobodyLeft,
        Self::BadGateway,
        Self::GatewayTimeout,
        Self::Refused,
        Self::Silence,
        Self::NameUnknown,
        Self::NameElsewhere,
        Self::DefaultSite,
        Self::OtherConfiguration,
        Self::OtherServer,
        Self::MissingServer,
        Self::WrongShares,
        Self::WrongPage,
        Self::Redirect,
        Self::Forbidden,
        Self::NotFound,
        Self::AppRefuses,
        Self::ServerError,
        Self::Broken,
    ];

    /// What a lost request points to; `None` where nothing is known of it.
    pub fn of(error: &VisitError) -> Option<Self> {
        Some(match error {
            VisitError::Status { status: 502, asked: Asked::Nobody } => Self::NobodyLeft,
            VisitError::Status { status: 502, .. } => Self::BadGateway,
            VisitError::Status { status: 504, .. } | VisitError::AnswerTimeout => Self::GatewayTimeout,
            VisitError::Status { status: 301 | 302 | 307 | 308, .. } => Self::Redirect,
            VisitError::Status { status: 401 | 403 | 404, asked: Asked::Server { .. } | Asked::Stranger(_) } => {
                Self::AppRefuses
            }
            VisitError::Status { status: 403, .. } => Self::Forbidden,
            VisitError::Status { status: 404, .. } => Self::NotFound,
            VisitError::Status { status: 500 | 503, .. } => Self::ServerError,
            VisitError::Refused => Self::Refused,
            VisitError::ConnectTimeout | VisitError::NoRoute => Self::Silence,
            VisitError::Reset | VisitError::Truncated | VisitError::NotHttp => Self::Broken,
            VisitError::OtherConfiguration => Self::OtherConfiguration,
            VisitError::NameNotFound { .. } => Self::NameUnknown,
            VisitError::Status { .. }
            | VisitError::Endless
            | VisitError::TooSlow { .. }
            | VisitError::Curl { .. }
            | VisitError::Network { .. }
            | VisitError::UnderWay
            | VisitError::Other { .. } => return None,
        })
    }
}
