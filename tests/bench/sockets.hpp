// Plain TCP on loopback; each throws std::runtime_error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hotfixd::bench {

// Connected, with TCP_NODELAY, blocking.
int connect_to(std::uint16_t port);
// Whether somebody listens there.
bool listens(std::uint16_t port);
// Listening on any free port, blocking.
int listen_anywhere();
std::uint16_t port_of(int fd);
// All of it, also where the peer reads slowly. False when the peer has gone.
bool send_all(int fd, std::string_view bytes);
// Reads up to and with the end of a header of HTTP.
std::string read_header(int fd);

// RFC 6455: one unfragmented text frame, masked as a client must.
std::string text_frame(std::string_view text, bool masked);
// Takes the first whole frame off `bytes` into `text`, unmasked. False while there is none. Other frames than text
// come as an empty text.
bool take_frame(std::string& bytes, std::size_t& from, std::string& text);

}  // namespace hotfixd::bench
