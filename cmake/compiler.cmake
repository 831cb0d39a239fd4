# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Language level, warnings, visibility, sanitizers and ccache for every target of Burin.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# -O2 -g as ever, but with line tables only: full debug information of torch's headers fills disks.
# A preset may ask for other flags.
if(NOT BURIN_SANITIZE)
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
endif()

find_program(BURIN_CCACHE ccache)
mark_as_advanced(BURIN_CCACHE)
if(BURIN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without these, ccache refuses every file that uses a precompiled header.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime
      ${BURIN_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# burin_unity(target)
#   With BURIN_UNITY, compiles the files of a folder four at a time: g++ makes what the headers'
#   inline functions need of templates anew for each file, which for torch's takes longer than the
#   file. What has compiler definitions of its own stays alone.
function(burin_unity target)
  if(NOT BURIN_UNITY)
    return()
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  foreach(source IN LISTS sources)
    get_filename_component(folder ${source} DIRECTORY)
    get_filename_component(folder ${folder} NAME)
    math(EXPR group "0${count_of_${folder}} / 4")
    math(EXPR count_of_${folder} "0${count_of_${folder}} + 1")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${folder}${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # Types that one source file keeps to itself are no longer in the main file then.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

# For target_precompile_headers: what most files include takes more of the compiler's time than the
# files.
set(burin_common_headers
  <algorithm> <array> <cmath> <cstdint> <filesystem> <functional> <map> <memory> <optional>
  <string> <string_view> <utility> <vector> <nlohmann/json.hpp>)

# burin_fuzzed(target)
#   With BURIN_FUZZ, lets the fuzzers see which branches of the target they have reached. Programs
#   that are not fuzzers have empty receivers for that in the sanitizers' run time.
function(burin_fuzzed target)
  if(BURIN_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# Linked by each target of Burin (never by imported ones): burin_flags, or burin_plain_flags, whose
# code the sanitizers do not look at, where only its running matters.
add_library(burin_plain_flags INTERFACE)
add_library(burin_flags INTERFACE)
target_link_libraries(burin_flags INTERFACE burin_plain_flags)
# Members that an aggregate's braces leave out have their defaults.
target_compile_options(burin_plain_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers
  $<$<BOOL:${BURIN_WERROR}>:-Werror>
  # what g++ derives from paths through inlined code it now and then derives wrongly
  $<$<AND:$<BOOL:${BURIN_WERROR}>,$<CXX_COMPILER_ID:GNU>>:-Wno-error=maybe-uninitialized
    -Wno-error=array-bounds -Wno-error=stringop-overflow -Wno-error=stringop-overread
    -Wno-error=dangling-pointer>
  # g++ 12 sees overlapping copies in every concatenation of strings (GCC bug 105651)
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess -Wno-restrict>)
# Undefined symbols are errors at link time, except under sanitizers: their run time comes later.
if(BURIN_SANITIZE)
  target_compile_options(burin_flags INTERFACE
    -fsanitize=${BURIN_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    # vptr needs the type information of classes that libraries keep to themselves; a null pointer
    # is caught when it is used, and these checks are a quarter of what a build takes
    -fno-sanitize=vptr,null,nonnull-attribute,returns-nonnull-attribute,object-size
    # g++ sees uninitialised strings in std::optional that are not there once sanitizers are on
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(burin_plain_flags INTERFACE -fsanitize=${BURIN_SANITIZE})
else()
  target_link_options(burin_plain_flags INTERFACE -Wl,-z,defs)
endif()
