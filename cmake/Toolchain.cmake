set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overlapping copies in std::string's operator+ where there are none (GCC bug 105651).
  add_compile_options(-Wno-restrict)
endif()

set(HAKOBAN_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(HAKOBAN_SANITIZE)
  add_compile_options(-fsanitize=${HAKOBAN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HAKOBAN_SANITIZE})
  # g++ 12 reports uninitialised variables inside libstdc++ that only instrumented code shows.
  add_compile_options(-Wno-maybe-uninitialized)
  # Fences, which TSan does not follow, are used by asio alone, and there beside its mutexes.
  if(HAKOBAN_SANITIZE MATCHES thread)
    add_compile_options(-Wno-tsan)
  endif()
endif()

# libFuzzer's targets (clang only): the whole tree is instrumented, tests/fuzz links the fuzzer.
option(HAKOBAN_FUZZ "Build the fuzz targets" OFF)
set(HAKOBAN_FUZZ_SECONDS 5 CACHE STRING "How long ctest runs each fuzz target")
if(HAKOBAN_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=function -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

include_directories(${CMAKE_SOURCE_DIR})
