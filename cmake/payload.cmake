# SPDX-License-Identifier: Apache-2.0
# What `kif harden` puts into images and kif did not build itself: the jitterentropy library and the FIPS modules that tools/bootstrap
# brought. Copied beside kif-fips.so and kif-init, so that the build tree is laid out as an installation is.
file(GLOB payload_modules RELATIVE "${KIF_DEPS_DIR}/modules" CONFIGURE_DEPENDS "${KIF_DEPS_DIR}/modules/*/fips.so")

set(payload_files "${KIF_PAYLOAD_DIR}/libjitterentropy.so.3")
add_custom_command(OUTPUT "${KIF_PAYLOAD_DIR}/libjitterentropy.so.3"
  COMMAND "${CMAKE_COMMAND}" -E copy "${KIF_DEPS_DIR}/jitterentropy/lib/libjitterentropy.so.3" "${KIF_PAYLOAD_DIR}/libjitterentropy.so.3"
  DEPENDS "${KIF_DEPS_DIR}/jitterentropy/lib/libjitterentropy.so.3")
foreach(module IN LISTS payload_modules)
  get_filename_component(folder "${KIF_PAYLOAD_DIR}/modules/${module}" DIRECTORY)
  add_custom_command(OUTPUT "${KIF_PAYLOAD_DIR}/modules/${module}"
    COMMAND "${CMAKE_COMMAND}" -E copy "${KIF_DEPS_DIR}/modules/${module}" "${KIF_PAYLOAD_DIR}/modules/${module}"
    COMMAND sh -c "cd \"$1\" && sha256sum fips.so > fips.so.sha256" sh "${folder}" # harden refuses one that was damaged since
    DEPENDS "${KIF_DEPS_DIR}/modules/${module}"
    VERBATIM)
  list(APPEND payload_files "${KIF_PAYLOAD_DIR}/modules/${module}")
endforeach()
add_custom_target(kif_payload ALL DEPENDS ${payload_files})

install(DIRECTORY "${KIF_PAYLOAD_ROOT}/" DESTINATION lib/kif USE_SOURCE_PERMISSIONS)
