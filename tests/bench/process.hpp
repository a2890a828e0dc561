// A program under measurement: started, looked at, ended.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace hotfixd::bench {

class Process {
 public:
  // `arguments` begins with the path of the program. Its standard error goes to `log`, truncated.
  Process(const std::vector<std::string>& arguments, const std::string& log);
  ~Process();  // kills
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // The next line of its standard output.
  std::string line();
  // SIGTERM, and the exit code; 128 + signal when a signal ended it.
  int stop();
  int wait();

  double megabytes() const;                    // resident, now
  std::chrono::nanoseconds processor() const;  // used so far by all its threads

 private:
  int pid_ = -1, out_ = -1;
};

}  // namespace hotfixd::bench
