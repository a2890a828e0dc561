#include <exception>
#include <iostream>

#include "bot/cli/app.hpp"

int main(int argc, char** argv) {
  try {
    return hotfixd::cli::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << "hotfixd: " << e.what() << "\n";
    return 70;
  }
}
