# SPDX-License-Identifier: GPL-3.0-or-later
# Imports Ansible through place.py, and is therefore under Ansible's licence.
from __future__ import annotations

from ansible_collections.vethlab.net.plugins.modules import ovs_bridge
from ansible_collections.vethlab.net.plugins.plugin_utils.place import PlaceAction


class ActionModule(PlaceAction):
    module = ovs_bridge
