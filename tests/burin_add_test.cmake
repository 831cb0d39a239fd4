# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# One rule for all test executables.
add_library(burin_test_main OBJECT ${CMAKE_CURRENT_SOURCE_DIR}/support/test_main.cpp)
target_compile_definitions(burin_test_main PRIVATE BOOST_TEST_DYN_LINK)
target_link_libraries(burin_test_main PRIVATE Boost::unit_test_framework burin_flags)

# Property tests draw the same cases in every run; another seed draws others.
set(BURIN_PROPERTY_SEED 1 CACHE STRING "Seed of the property tests")

# Every test executable, for builds that need nothing else.
add_custom_target(burin_tests)

set(sanitizer_environment)
if(BURIN_SANITIZE)
  set(suppressions ${PROJECT_SOURCE_DIR}/suppressions)
  set(sanitizer_environment
    ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_odr_violation=0
    LSAN_OPTIONS=suppressions=${suppressions}/lsan.txt:print_suppressions=0
    UBSAN_OPTIONS=print_stacktrace=1)
endif()

# burin_add_test(folder [SUPPORT] [INSTRUMENT] [ALONE] [LINK library...] [LABELS label...]
#                [TIMEOUT seconds])
#   Builds test_<folder with _> from the *.cpp of <folder> and registers it as ctest <folder with .>.
#   SUPPORT also links what tests/support offers (it needs torch). A test that exits with 77 is
#   counted as skipped. Sanitizers look at what is tested, not at the tests, whose expressions take
#   a compiler minutes; INSTRUMENT: at them too, where they hold what headers alone define. ALONE:
#   no other test runs beside it, and networks take all cores. A folder without *_tests.cpp is an
#   error.
function(burin_add_test folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SUPPORT;INSTRUMENT;ALONE" "TIMEOUT" "LINK;LABELS")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  file(GLOB cases CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*_tests.cpp)
  if(NOT cases)
    message(FATAL_ERROR "burin_add_test(${folder}): no *_tests.cpp in the folder")
  endif()
  string(REPLACE / _ target test_${folder})
  string(REPLACE / . name ${folder})

  set(flags burin_plain_flags)
  set(headers burin_plain_test_pch)
  if(burin_core_torch IN_LIST arg_LINK)
    set(headers burin_test_pch)
  endif()
  if(arg_INSTRUMENT)
    set(flags burin_flags)
  endif()
  add_executable(${target} ${sources} $<TARGET_OBJECTS:burin_test_main>)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${target} PRIVATE BOOST_TEST_DYN_LINK
    BURIN_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data" BURIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    BURIN_BUILD_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${target} PRIVATE ${arg_LINK} Boost::headers Boost::unit_test_framework
    rapidcheck ${flags})
  if(NOT arg_INSTRUMENT)
    # The precompiled header is made with -fPIC; an executable's -fPIE would refuse it.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
    target_precompile_headers(${target} REUSE_FROM ${headers})
  endif()
  if(arg_SUPPORT)
    target_link_libraries(${target} PRIVATE burin_test_support)
  endif()

  if(BURIN_SANITIZE)
    set(arg_TIMEOUT 1800)
  elseif(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  set(name ${BURIN_TEST_PREFIX}${name})
  # Where two tests' thread pools share a machine, most of its time goes into waiting for each other.
  set(threads OMP_NUM_THREADS=1)
  set(processors 1)
  if(arg_ALONE)
    set(threads)
    set(processors 2)
  endif()
  set(environment RC_PARAMS=seed=${BURIN_PROPERTY_SEED} ${threads}
    XDG_CACHE_HOME=${PROJECT_BINARY_DIR}/tests/cache ${sanitizer_environment})
  add_dependencies(burin_tests ${target})
  add_test(NAME ${name} COMMAND ${target} --log_level=error --report_level=short
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
    SKIP_RETURN_CODE 77 PROCESSORS ${processors}
    ENVIRONMENT "${environment}")
endfunction()

# burin_find_test_folders(variable folder)
#   The sub-folders of `folder` that hold a *_tests.cpp, sorted, without the prefix.
function(burin_find_test_folders variable folder)
  file(GLOB cases CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/${folder}
       ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*/*_tests.cpp)
  list(TRANSFORM cases REPLACE "/.*" "")
  list(REMOVE_DUPLICATES cases)
  list(SORT cases)
  set(${variable} ${cases} PARENT_SCOPE)
endfunction()
