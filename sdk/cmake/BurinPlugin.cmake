# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# burin_add_plugin: a module that exports burin_entry and nothing else. Installed with the SDK.
set(BURIN_ENTRY_MAP ${CMAKE_CURRENT_LIST_DIR}/burin_entry.map)

# burin_export_entry_only(target)
#   Makes `burin_entry` the only symbol that the shared object of `target` exports, whatever static
#   libraries it takes in.
function(burin_export_entry_only target)
  target_link_options(${target} PRIVATE
    -Wl,--version-script=${BURIN_ENTRY_MAP} -Wl,--exclude-libs,ALL -Wl,-z,now)
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${BURIN_ENTRY_MAP})
endfunction()

# burin_add_plugin(name source... [LINK library...])
#   Builds the module <name>.burin from C11 or C++20 sources against the SDK's headers and the
#   libraries after LINK. The names of all modules of a build are in the global property BURIN_PLUGINS.
function(burin_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK")
  if(NOT arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "burin_add_plugin(${name}): no source file given, at least one expected")
  endif()
  add_library(${name} MODULE ${arg_UNPARSED_ARGUMENTS})
  target_compile_features(${name} PRIVATE c_std_11 cxx_std_20)
  target_link_libraries(${name} PRIVATE burin::sdk ${arg_LINK})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".burin"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  burin_export_entry_only(${name})
  set_property(GLOBAL APPEND PROPERTY BURIN_PLUGINS ${name})
endfunction()
