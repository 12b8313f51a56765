//! What the user wrote, read and checked: inventories, playbooks, templates, and the modules that playbooks name.

pub mod class;
pub mod gradebook;
pub mod inventory;
pub mod library;
pub mod modules;
pub mod nginx_conf;
pub mod payload;
pub mod playbook;
pub mod scope;
pub mod shape;
pub mod table;
pub mod yaml;
