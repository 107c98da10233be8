//! The object model: types, classes, instances, properties and the tree they
//! can be put in.
//!
//! | file | idea |
//! |---|---|
//! | `types` | registration and lookup by name (`name_cache` makes it fast) |
//! | `class` | lazy initialisation of classes, `interface` of interface classes |
//! | `cast` | dynamic and checked casts |
//! | `instance` | creation, `reference` counting and finalisation |
//! | `property` | named values, and links and children among them |
//! | `tree`, `path`, `roots` | the composition tree |
//! | `creation` | objects made with properties in one go |
//! | `user_creatable` | objects that users make, `options` and `keyval` from text |
//! | `failure` | errors that say more than a message |
//!
//! A type is registered with a name and the name of its parent; nothing is looked
//! up then. The first use initialises its class: sizes are settled, the parent's
//! class is copied, the callbacks run. From then on the class is read without a
//! lock.

pub(crate) mod cast;
pub(crate) mod class;
pub(crate) mod class_list;
pub(crate) mod creation;
pub(crate) mod failure;
pub(crate) mod instance;
mod interface;
mod keyval;
mod name_cache;
pub(crate) mod options;
pub(crate) mod path;
pub(crate) mod property;
pub(crate) mod reference;
pub(crate) mod roots;
pub(crate) mod tree;
pub(crate) mod types;
pub(crate) mod user_creatable;

/// Registers the types that this module itself defines.
pub(crate) fn register_types() {
    class::register_roots();
    user_creatable::register();
}
