// Lambdas for each alternative of a variant, as one function for std::visit.
#pragma once

namespace hotfixd {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

}  // namespace hotfixd
