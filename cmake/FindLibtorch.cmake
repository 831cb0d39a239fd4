# SPDX-License-Identifier: Apache-2.0
# Copyright the Burin authors
# Finds libtorch's headers and CPU libraries without asking for a CUDA toolkit.
#[=======================================================================[.rst:
FindLibtorch
------------

Looks in ``BURIN_LIBTORCH_ROOT`` (a folder with ``include/`` and ``lib/``) and defines

``Libtorch::c10``, ``Libtorch::cpu``
  imported targets; linking ``Libtorch::cpu`` is enough.
``Libtorch_VERSION``, ``Libtorch_LIBRARY_DIR``, ``Libtorch_RUNTIME_LIBRARIES``
  the version from its header, its library folder, and the files a program needs beside it.

The package file that comes with libtorch refuses to configure without the CUDA toolkit whenever the
library was built with CUDA. Burin opens the CUDA half at run time, so nothing of it is linked.
#]=======================================================================]
set(_roots ${BURIN_LIBTORCH_ROOT} $ENV{BURIN_LIBTORCH_ROOT})
find_path(Libtorch_INCLUDE_DIR ATen/ATen.h HINTS ${_roots} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(Libtorch_C10_LIBRARY c10 HINTS ${_roots} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(Libtorch_CPU_LIBRARY torch_cpu HINTS ${_roots} PATH_SUFFIXES lib NO_DEFAULT_PATH)
mark_as_advanced(Libtorch_INCLUDE_DIR Libtorch_C10_LIBRARY Libtorch_CPU_LIBRARY)

if(Libtorch_INCLUDE_DIR)
  set(_header ${Libtorch_INCLUDE_DIR}/torch/headeronly/version.h)
  if(NOT EXISTS ${_header})
    set(_header ${Libtorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h)
  endif()
  if(EXISTS ${_header})
    file(STRINGS ${_header} _lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) +[0-9]+")
    set(Libtorch_VERSION "")
    foreach(_line IN LISTS _lines)
      string(REGEX REPLACE ".*(MAJOR|MINOR|PATCH) +([0-9]+).*" "\\2" _number "${_line}")
      list(APPEND Libtorch_VERSION ${_number})
    endforeach()
    list(JOIN Libtorch_VERSION . Libtorch_VERSION)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch
  REQUIRED_VARS Libtorch_CPU_LIBRARY Libtorch_C10_LIBRARY Libtorch_INCLUDE_DIR
  VERSION_VAR Libtorch_VERSION
  REASON_FAILURE_MESSAGE "run packaging/setup.sh, or point BURIN_LIBTORCH_ROOT at a libtorch")

if(Libtorch_FOUND)
  get_filename_component(Libtorch_LIBRARY_DIR ${Libtorch_CPU_LIBRARY} DIRECTORY)

  # std::string crosses from our code into libtorch: both must use the same one.
  if(NOT DEFINED Libtorch_CXX11_ABI)
    file(STRINGS ${Libtorch_C10_LIBRARY} _cxx11_symbols REGEX "__cxx1112basic_string" LIMIT_COUNT 1)
    if(_cxx11_symbols)
      set(Libtorch_CXX11_ABI 1 CACHE INTERNAL "libtorch uses the C++11 string")
    else()
      message(FATAL_ERROR "${Libtorch_C10_LIBRARY} is built with the std::string from before C++11; "
        "Burin needs a libtorch built with _GLIBCXX_USE_CXX11_ABI=1")
    endif()
  endif()

  if(EXISTS ${Libtorch_LIBRARY_DIR}/libtorch_cuda.so)
    file(GLOB Libtorch_RUNTIME_LIBRARIES ${Libtorch_LIBRARY_DIR}/*.so*)
  else()
    file(GLOB Libtorch_RUNTIME_LIBRARIES
      ${Libtorch_LIBRARY_DIR}/libc10.so ${Libtorch_LIBRARY_DIR}/libtorch_cpu.so
      ${Libtorch_LIBRARY_DIR}/libgomp*.so* ${Libtorch_LIBRARY_DIR}/libcudart*.so*
      ${Libtorch_LIBRARY_DIR}/libcupti*.so*)
  endif()

  if(NOT TARGET Libtorch::c10)
    add_library(Libtorch::c10 SHARED IMPORTED)
    set_target_properties(Libtorch::c10 PROPERTIES IMPORTED_LOCATION ${Libtorch_C10_LIBRARY})
    target_include_directories(Libtorch::c10 SYSTEM INTERFACE ${Libtorch_INCLUDE_DIR}
      ${Libtorch_INCLUDE_DIR}/torch/csrc/api/include)
    target_compile_definitions(Libtorch::c10 INTERFACE _GLIBCXX_USE_CXX11_ABI=1)

    add_library(Libtorch::cpu SHARED IMPORTED)
    set_target_properties(Libtorch::cpu PROPERTIES IMPORTED_LOCATION ${Libtorch_CPU_LIBRARY})
    # The wheels' libraries find each other by their own $ORIGIN; the linker must be told.
    target_link_options(Libtorch::cpu INTERFACE -Wl,-rpath-link,${Libtorch_LIBRARY_DIR})
    target_link_libraries(Libtorch::cpu INTERFACE Libtorch::c10)
  endif()
endif()
