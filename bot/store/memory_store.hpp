#pragma once

#include <memory>

#include "bot/ports/clock.hpp"
#include "bot/ports/store.hpp"

// The store of simulations: what is committed lives as long as the object, so an engine can be thrown
// away and another started on it, as after a crash.

namespace hotfixd::store {

// Same semantics as the SQLite store and the same contract tests. Events are kept as they are, without
// encoding, so there is no hash chain: verify() checks versions only. It draws no ids.
// `environment` as in SqliteOptions.
std::unique_ptr<Store> memory_store(IdSource& ids, std::string environment = {});

}  // namespace hotfixd::store
