# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# What is installed where. Components lib and sdk are enough to build a plug-in or a host.
include(CMakePackageConfigHelpers)
set(module_dir ${CMAKE_INSTALL_LIBDIR}/burin)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/burin)

# runtime: the program, the core and its data
if(BURIN_BUILD_ENGINE)
  install(TARGETS burin_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
  install(TARGETS burin_program LIBRARY DESTINATION ${module_dir} COMPONENT runtime)
  install(TARGETS burin_core LIBRARY DESTINATION ${module_dir} COMPONENT runtime)
  if(BURIN_INSTALL_LIBTORCH)
    set_target_properties(burin_core PROPERTIES INSTALL_RPATH "$ORIGIN")
    install(PROGRAMS ${Libtorch_RUNTIME_LIBRARIES} DESTINATION ${module_dir} COMPONENT runtime)
    if(EXISTS ${Libtorch_LIBRARY_DIR}/../share/licenses)
      install(DIRECTORY ${Libtorch_LIBRARY_DIR}/../share/licenses/
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/libtorch-licenses COMPONENT runtime)
    endif()
  else()
    set_target_properties(burin_core PROPERTIES INSTALL_RPATH ${Libtorch_LIBRARY_DIR})
  endif()
endif()
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/burin/models COMPONENT runtime
  FILES_MATCHING PATTERN *.safetensors PATTERN *.onnx PATTERN LICENSE* PATTERN README.md)
install(FILES docs/burin.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
install(FILES packaging/completion/burin.bash RENAME burin
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT runtime)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)

# gimp: the plug-ins of GIMP, which packaging/install-hosts.sh or a package puts in their places
foreach(host gimp2 gimp3)
  if(TARGET burin_${host})
    install(TARGETS burin_${host} RUNTIME DESTINATION ${module_dir}/${host} COMPONENT gimp)
  endif()
endforeach()

# krita: its plug-in is Python and is linked or copied to where Krita looks
install(DIRECTORY hosts/krita/ DESTINATION ${CMAKE_INSTALL_DATADIR}/burin/krita COMPONENT krita
  FILES_MATCHING PATTERN *.py PATTERN *.desktop)

# lib: libburin; sdk: its headers and the packages that find them
install(TARGETS burin_check RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT sdk)
install(FILES docs/burin-check.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT sdk)
install(FILES packaging/completion/burin-check.bash RENAME burin-check
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions COMPONENT sdk)
install(TARGETS burin burin_sdk EXPORT burin-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT lib NAMELINK_COMPONENT sdk)
install(TARGETS burin_scan RUNTIME DESTINATION ${module_dir} COMPONENT lib)
install(DIRECTORY sdk/include/burin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk
  FILES_MATCHING PATTERN *.h PATTERN *.hpp)
install(DIRECTORY sdk/template DESTINATION ${CMAKE_INSTALL_DATADIR}/burin COMPONENT sdk)
install(DIRECTORY docs/sdk DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sdk)
install(EXPORT burin-targets NAMESPACE burin:: DESTINATION ${package_dir} COMPONENT sdk)
configure_package_config_file(sdk/cmake/burin-config.cmake.in burin-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(burin-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/burin-config.cmake
  ${PROJECT_BINARY_DIR}/burin-config-version.cmake
  sdk/cmake/BurinPlugin.cmake sdk/cmake/burin_entry.map
  DESTINATION ${package_dir} COMPONENT sdk)
# Relative, so that the installation can be moved as a whole.
file(RELATIVE_PATH BURIN_PC_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" BURIN_PC_PREFIX ${BURIN_PC_PREFIX})
configure_file(sdk/cmake/burin.pc.in burin.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/burin.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)
