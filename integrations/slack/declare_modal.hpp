// `/hotfix declare` as a form: the modal, and what a person sent with it.
#pragma once

#include <expected>
#include <map>

#include "bot/domain/policy.hpp"
#include "integrations/slack/inbound.hpp"

namespace hotfixd::slack {

inline constexpr std::string_view kDeclareCallback = "hotfixd_declare";
inline constexpr std::string_view kDeclareButton = "declare";  // id of a button that opens the form
// Block ids: where an error of no field's own is shown, and where a channel of its own is chosen.
inline constexpr std::string_view kSummaryField = "summary", kOptionsField = "options";
// Bytes; the grammar's own limits.
inline constexpr std::size_t kSummaryBytes = 300;
inline constexpr std::size_t kReasonBytes = 3000;

// Where a form was opened: travels in private_metadata, which the person cannot change.
struct FormOrigin {
  ChannelId channel;    // see is_shared(): where it is not, the incident needs a channel of its own
  std::string message;  // ts of the message it is made from; may be empty

  bool operator==(const FormOrigin&) const = default;
};
std::string to_private_metadata(const FormOrigin& origin);
// Problem::invalid when it is not what to_private_metadata() wrote.
Result<FormOrigin> origin_of(const View& view);

struct DeclareDraft {
  FormOrigin origin;
  std::string summary;               // filled in; cut to what fits
  std::optional<Severity> severity;  // preselected
  bool offer_private = true;         // a channel of its own that only those invited see
};
// The `view` of views.open, as JSON. Criteria, severities and repositories are the policy's.
std::string declare_view(const DeclareDraft& draft, const Policy& policy);

struct DeclareForm {
  FormOrigin origin;
  Severity severity{};
  std::vector<std::string> criteria;  // in the policy's words
  std::string repository;             // empty: the service's, or the default one
  std::string service, summary, reason;
  bool drill = false, new_channel = false, private_channel = false;
};
// What is wrong, by block_id: shown under that field.
using FormErrors = std::map<std::string, std::string>;

// Reads a submission of declare_view(). The policy may have changed since the form was opened.
std::expected<DeclareForm, FormErrors> read_declare(const View& view, const Policy& policy);

// The same as it would be typed after "/hotfix".
std::string command_line(const DeclareForm& form, const Policy& policy);

// The acknowledgement that keeps the form open and shows the errors.
std::string errors_response(const FormErrors& errors);

}  // namespace hotfixd::slack
