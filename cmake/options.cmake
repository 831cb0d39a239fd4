# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What a user of the build may choose.
option(BURIN_BUILD_TESTS "Build the tests" ON)
option(BURIN_UNIT_TESTS "Build the unit tests too, not only those of the whole program" ON)
option(BURIN_BUILD_ENGINE
       "Build the engine, its plug-ins and the program too, not only libburin and the editors' plug-ins" ON)
option(BURIN_WERROR "Treat warnings in Burin's own code as errors" OFF)
option(BURIN_UNITY "Compile the engine's files several at a time, for builds made once" OFF)
option(BURIN_FUZZ "Build the fuzz targets too (needs clang)" OFF)
option(BURIN_INSTALL_LIBTORCH "Install the libtorch libraries the core needs beside it" ON)
set(BURIN_SANITIZE "" CACHE STRING "Sanitizers for all of Burin's code, e.g. address,undefined")
set(BURIN_TEST_PREFIX "" CACHE STRING "Put before the names of the tests, e.g. asan.")
set(BURIN_LIBTORCH_ROOT "${PROJECT_SOURCE_DIR}/.deps/libtorch"
    CACHE PATH "Folder with libtorch's include/ and lib/ (packaging/setup.sh fills the default)")
set(BURIN_FUZZ_SECONDS 60 CACHE STRING "How long ctest runs each fuzz target")

set(BURIN_HOSTS "auto" CACHE STRING
    "Editors to build plug-ins for: none, gimp2, gimp3, or auto for those whose headers are installed")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()
