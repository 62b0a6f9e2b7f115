# SPDX-License-Identifier: Apache-2.0
# Packages of a build: `cpack -G DEB`, `RPM` or `TGZ` in its folder. Those to hand out are of the
# static release, which depends on nothing (README.md, "How it is built").
#
# calico-ipam has the plugin, the command, their manuals and completion; calico-dhcp-agent is
# OpenStack's compute hosts' alone, and starts nothing: its host has Calico's agent to stop first.
set(CPACK_PACKAGE_NAME calico-ipam)
set(CPACK_PACKAGE_VENDOR "calico-ipam")
set(CPACK_PACKAGE_CONTACT "the authors of calico-ipam <calico-ipam@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_STRIP_FILES OFF)
set(CPACK_VERBATIM_VARIABLES ON)
# The plugin goes where runtimes look for it, whatever the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_COMPONENTS_ALL ipam agent)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_IPAM_PACKAGE_NAME calico-ipam)
set(CPACK_DEBIAN_IPAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_AGENT_PACKAGE_NAME calico-dhcp-agent)
set(CPACK_DEBIAN_AGENT_PACKAGE_SECTION net)
set(CPACK_DEBIAN_AGENT_PACKAGE_DEPENDS dnsmasq-base)
set(CPACK_COMPONENT_IPAM_DESCRIPTION "CNI IPAM plugin on Calico's data model, and calico-ipamctl
Addresses of pods from IPv4 and IPv6 pools in etcd, the Kubernetes API or an
embedded store; a drop-in for Calico's own calico-ipam.")
set(CPACK_COMPONENT_AGENT_DESCRIPTION "DHCP agent of Calico for OpenStack's compute hosts
Serves VMs the IPv4 and IPv6 addresses that Neutron chose, by one dnsmasq a
network.")

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0")
set(CPACK_RPM_PACKAGE_AUTOREQPROV OFF)
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_IPAM_PACKAGE_NAME calico-ipam)
set(CPACK_RPM_AGENT_PACKAGE_NAME calico-dhcp-agent)
set(CPACK_RPM_AGENT_PACKAGE_REQUIRES dnsmasq)
# Folders that are the system's.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION /opt /opt/cni /opt/cni/bin /usr/lib/systemd
	/usr/lib/systemd/system /usr/share/man /usr/share/man/man8 /usr/share/bash-completion
	/usr/share/bash-completion/completions /usr/share/doc /usr/libexec
	/usr/share/zsh /usr/share/zsh/site-functions /usr/share/zsh/vendor-completions /usr/share/fish
	/usr/share/fish/vendor_completions.d)

foreach(component ipam agent)
	if(component STREQUAL ipam)
		set(package calico-ipam)
	else()
		set(package calico-dhcp-agent)
	endif()
	install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
		RENAME copyright COMPONENT ${component})
	# What static executables contain, and what it takes to link them with other libraries.
	install(FILES ${CMAKE_SOURCE_DIR}/deploy/licences/THIRD-PARTY.md ${CMAKE_SOURCE_DIR}/deploy/licences/LGPL-2.1
		${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
	file(GLOB relink CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plugin/release/*)
	install(FILES ${relink} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}/relink COMPONENT ${component})
endforeach()
# The pages beside what they lead to, where they find it.
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/calico-ipam COMPONENT ipam)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs ${CMAKE_SOURCE_DIR}/conf-examples
	DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/calico-ipam COMPONENT ipam PATTERN "*.8" EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/docs/OPENSTACK.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/calico-dhcp-agent/docs
	COMPONENT agent)
# The sources, which go where the packages go (deploy/licences/THIRD-PARTY.md).
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME calico-ipam-${PROJECT_VERSION}-source)
set(CPACK_SOURCE_IGNORE_FILES "^${CMAKE_SOURCE_DIR}/build/"
	"^${CMAKE_SOURCE_DIR}/[.]git(/|$)")
include(CPack)
