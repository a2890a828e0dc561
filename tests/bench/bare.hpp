// What the speed of hotfixd is held against: the least that such a program can do, one thread each.
#pragma once

#include <string>
#include <vector>

namespace hotfixd::bench {

// L0   verifies Slack's signature, decodes the form, answers
// L1   does the same and commits one row for each request before it answers, in SQLite (WAL, synchronous=FULL), what
//      came together in one transaction; the database is the file named
// echo a WebSocket client that sends every text back to the server at the port named
// The servers print their port on a line. Runs until the process is killed, or the server of `echo` has gone.
int run_bare(const std::string& what, const std::string& argument);

}  // namespace hotfixd::bench
