# What `cmake --install` puts where, and the two packages that CPack makes of it; scripts/package builds them.
set(CPACK_PACKAGE_CONTACT "The hakoban maintainers <maintainers@hakoban.invalid>")
string(TIMESTAMP built "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH is obeyed

# hakoban_installed(agent "rm …"): program, unit, settings, IAM policy, man page and maintainer scripts of hakoban-<part>;
# what a purge does besides.
function(hakoban_installed part PURGE)
  set(PACKAGE hakoban-${part})
  install(TARGETS ${PACKAGE} RUNTIME DESTINATION bin COMPONENT ${part})
  install(FILES systemd/${PACKAGE}.service DESTINATION lib/systemd/system COMPONENT ${part})
  install(FILES packaging/config/${part}.env DESTINATION /etc/hakoban PERMISSIONS OWNER_READ OWNER_WRITE COMPONENT ${part})
  install(FILES packaging/iam/${PACKAGE}.json DESTINATION share/${PACKAGE}/iam COMPONENT ${part})
  install(FILES packaging/copyright DESTINATION share/doc/${PACKAGE} COMPONENT ${part})

  set(manual ${CMAKE_BINARY_DIR}/man/${PACKAGE}.8)
  set(changes ${CMAKE_BINARY_DIR}/changelog/${PACKAGE}/changelog.gz)
  add_custom_command(OUTPUT ${manual}.gz
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
    COMMAND env -i $<TARGET_FILE:${PACKAGE}> --reference=man > ${manual}
    COMMAND gzip -9nf ${manual}
    DEPENDS ${PACKAGE} VERBATIM)
  add_custom_command(OUTPUT ${changes}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/changelog/${PACKAGE}
    COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/CHANGELOG.md > ${changes}
    DEPENDS ${CMAKE_SOURCE_DIR}/CHANGELOG.md VERBATIM)
  set(debian_changes ${CMAKE_BINARY_DIR}/changelog/${PACKAGE}/changelog.Debian)
  configure_file(packaging/config/changelog.Debian.in ${debian_changes} @ONLY)
  add_custom_command(OUTPUT ${debian_changes}.gz COMMAND gzip -9nkf ${debian_changes} DEPENDS ${debian_changes} VERBATIM)
  add_custom_target(${PACKAGE}-pages DEPENDS ${manual}.gz ${changes} ${debian_changes}.gz)
  add_dependencies(pages ${PACKAGE}-pages)
  install(FILES ${manual}.gz DESTINATION share/man/man8 COMPONENT ${part})
  install(FILES ${changes} ${debian_changes}.gz DESTINATION share/doc/${PACKAGE} COMPONENT ${part})

  set(scripts ${CMAKE_BINARY_DIR}/maintainer/${part})
  foreach(script postinst prerm postrm rpm-post rpm-preun rpm-postun)
    configure_file(packaging/scripts/${script}.in ${scripts}/${script} @ONLY FILE_PERMISSIONS
                   OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
  file(WRITE ${scripts}/conffiles "/etc/hakoban/${part}.env\n")

  string(TOUPPER ${part} PART)
  set(CPACK_DEBIAN_${PART}_PACKAGE_NAME ${PACKAGE} PARENT_SCOPE)
  set(CPACK_DEBIAN_${PART}_PACKAGE_CONTROL_EXTRA
      "${scripts}/postinst;${scripts}/prerm;${scripts}/postrm;${scripts}/conffiles" PARENT_SCOPE)
  set(CPACK_RPM_${PART}_PACKAGE_NAME ${PACKAGE} PARENT_SCOPE)
  set(CPACK_RPM_${PART}_POST_INSTALL_SCRIPT_FILE ${scripts}/rpm-post PARENT_SCOPE)
  set(CPACK_RPM_${PART}_PRE_UNINSTALL_SCRIPT_FILE ${scripts}/rpm-preun PARENT_SCOPE)
  set(CPACK_RPM_${PART}_POST_UNINSTALL_SCRIPT_FILE ${scripts}/rpm-postun PARENT_SCOPE)
  set(CPACK_RPM_${PART}_USER_FILELIST "%config(noreplace) /etc/hakoban/${part}.env" PARENT_SCOPE)
endfunction()

add_custom_target(pages)
hakoban_installed(agent "rm -rf /var/lib/hakoban")
hakoban_installed(coordinator ":")
# The operator's command goes with the agent, and so does the time that a shutdown gives to a drain.
set(command_manual ${CMAKE_BINARY_DIR}/man/hakoban.1.gz)
add_custom_command(OUTPUT ${command_manual}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/man
  COMMAND gzip -9nc ${CMAKE_SOURCE_DIR}/cli/hakoban.1 > ${command_manual}
  DEPENDS ${CMAKE_SOURCE_DIR}/cli/hakoban.1 VERBATIM)
add_custom_target(hakoban-command-pages DEPENDS ${command_manual})
add_dependencies(pages hakoban-command-pages)
install(TARGETS hakoban RUNTIME DESTINATION bin COMPONENT agent)
install(FILES ${command_manual} DESTINATION share/man/man1 COMPONENT agent)
install(FILES systemd/logind-hakoban.conf DESTINATION lib/systemd/logind.conf.d RENAME hakoban-agent.conf COMPONENT agent)
install(FILES packaging/config/hakoban.sysusers.conf DESTINATION lib/sysusers.d RENAME hakoban-agent.conf COMPONENT agent)

set(CPACK_GENERATOR DEB RPM)
set(CPACK_COMPONENTS_ALL agent coordinator)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEBIAN_AGENT_DESCRIPTION
    "The agent of an ECS container instance. It leaves in time when a spot\n instance is reclaimed, ships the log of each\n container to S3, and exports metrics of every container and task.")
set(CPACK_RPM_AGENT_PACKAGE_SUMMARY "Agent of an Amazon ECS container instance")
set(CPACK_DEBIAN_COORDINATOR_DESCRIPTION
    "The coordinator of an ECS cluster. It sizes the cluster's Auto Scaling groups\n and Spot Fleets by what waits for room, drains before it shrinks, and says why.")
set(CPACK_RPM_COORDINATOR_PACKAGE_SUMMARY "Coordinator of an Amazon ECS cluster")
set(CPACK_PACKAGE_NAME hakoban)
set(CPACK_PACKAGE_VENDOR "The hakoban maintainers")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES TRUE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# polkit lets the agent's user hold a shutdown back.
set(CPACK_DEBIAN_AGENT_PACKAGE_RECOMMENDS "ca-certificates, polkitd")
set(CPACK_DEBIAN_COORDINATOR_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_GROUP System/Daemons)
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /etc /etc/hakoban /usr/lib/sysusers.d /usr/lib/systemd /usr/lib/systemd/system
    /usr/share/man /usr/share/man/man1 /usr/share/man/man8 /usr/lib/systemd/logind.conf.d)
include(CPack)
