# Warnings, sanitizers and coverage as one interface target, and the function that makes a room.
add_library(hotfixd_options INTERFACE)
target_include_directories(hotfixd_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(hotfixd_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-missing-field-initializers -Wno-missing-designated-field-initializers
  -Wno-deprecated-declarations # libstdc++ 12's own stable_sort trips over it in C++23
  -Werror)

set(HOTFIXD_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")
option(HOTFIXD_COVERAGE "Instrument for llvm-cov" OFF)
if(HOTFIXD_SANITIZE)
  add_compile_options(-fsanitize=${HOTFIXD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HOTFIXD_SANITIZE})
endif()
if(HOTFIXD_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate -fcoverage-mapping)
endif()

# hotfixd_room(NAME SOURCES … LINKS …): a static library `room_NAME`. LINKS names rooms and packages;
# what is not named there cannot be included.
function(hotfixd_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE" ${ARGN})
  if(ROOM_SOURCES)
    add_library(room_${name} STATIC ${ROOM_SOURCES})
    target_link_libraries(room_${name} PUBLIC ${ROOM_LINKS} PRIVATE hotfixd_options ${ROOM_PRIVATE})
  else()
    add_library(room_${name} INTERFACE)
    target_link_libraries(room_${name} INTERFACE ${ROOM_LINKS})
  endif()
endfunction()
