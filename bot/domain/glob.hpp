// Shell-like patterns for names of branches, paths and checks.
#pragma once

#include <string_view>

namespace hotfixd {

// `*` stands for any text without a slash, `?` for one character that is no slash; all else for itself.
bool glob_matches(std::string_view pattern, std::string_view text);

// Names that may hold a slash as any other character: `*` stands for any text.
bool text_matches(std::string_view pattern, std::string_view text);

}  // namespace hotfixd
