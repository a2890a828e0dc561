#include <cstdint>
#include <cstdlib>

#include "bot/domain/incident.hpp"
#include "bot/store/codec.hpp"

// A stored event: decoded and folded, or refused as corrupt. Folding never fails.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto record = store::record_from_json(input);
  if (record) {
    const auto event = store::decode_event(*record, {});
    if (event) {
      Incident incident;
      apply(incident, *event);
      apply(incident, *event);
      if (incident.version != 2) std::abort();
    }
  }
  if (const auto effect = store::decode_effect(input); effect && !store::decode_effect(store::encode_effect(*effect)))
    std::abort();
  return 0;
}
