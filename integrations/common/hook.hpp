// One fact out of a forge's webhook on its way to the engine, the same from every forge.
#pragma once

#include <functional>

#include "bot/domain/input.hpp"

namespace hotfixd::common {

struct HookDelivery {
  std::string id;          // the forge's name and its own id, the same on redelivery; "/2" and so on for further facts
  std::optional<Time> at;  // the forge's own time of the fact, absent when the payload has none
  std::string login;       // who did it
  ForgeEvent event;
};

// Takes all facts of one delivery and calls back once, from any thread: true when every one of them is
// committed (or was before), false when not, so that the forge is told so.
using HookSubmit = std::function<void(std::vector<HookDelivery>, std::function<void(bool committed)>)>;

// `id`: "github:72d3162e-…".
std::vector<HookDelivery> deliveries(const std::string& id, std::vector<ForgeEvent> events);

}  // namespace hotfixd::common
