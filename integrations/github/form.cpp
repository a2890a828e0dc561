#include "integrations/common/form.hpp"

#include "integrations/github/webhook.hpp"

// The two ways GitHub wraps a payload: plain JSON, or a form with the field "payload".

namespace hotfixd::github {
namespace {

Problem invalid(std::string what, std::string mend = {}) {
  return Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = std::move(mend), .retry_after = {}};
}

Result<std::string> payload_field(std::string_view form) {
  constexpr std::string_view kField = "payload=";
  while (!form.empty()) {
    const auto end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    if (pair.starts_with(kField)) {
      std::string value(pair.substr(kField.size()));
      if (!common::form_unescape(value))
        return std::unexpected(invalid("the form field payload has a broken % escape"));
      return value;
    }
    if (end == std::string_view::npos) break;
    form.remove_prefix(end + 1);
  }
  return std::unexpected(
      invalid("the form has no field payload", "set the webhook's content type to application/json"));
}

}  // namespace

Result<std::string> json_of(std::string_view content_type, std::string_view body) {
  if (body.size() > kPayloadLimit) return std::unexpected(invalid("the body is larger than 25 MB"));
  const std::string type = common::media_type(content_type);
  if (type.empty() || type == "application/json") return std::string(body);
  if (type == "application/x-www-form-urlencoded") return payload_field(body);
  return std::unexpected(invalid("the content type is neither application/json nor application/x-www-form-urlencoded",
                                 "set the webhook's content type to application/json"));
}

}  // namespace hotfixd::github
