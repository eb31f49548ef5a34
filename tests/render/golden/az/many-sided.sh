#!/usr/bin/env bash
# Moves node pools of myAKSCluster to Windows2022: wspool becomes wspo22.
# Made by poolshift VERSION from plan-many-sided, which was made at 2022-10-15T08:10:00Z; the facts
# are those of 2022-10-15. Needs bash, az, kubectl, awk and grep. See: --help, --list
#
# WHAT THIS SCRIPT CANNOT DO
#   - default/Deployment/sample belongs to argocd, so nothing here patches it.
#     instead: write into its source: image
#     mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019 becomes
#     mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022; nodeSelector
#     kubernetes.azure.com/os-sku: Windows2022; a toleration of poolshift.io/guard=green:NoSchedule;
#     its step waits for that.
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2022-10-15T08:10:00Z, fingerprint ea28a3ccb74fa38bc3351fc6a7c23dc0).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#   - nothing is taken back by itself when a step fails.
#     instead: take steps back from the last to the first with --undo N; what was held (autoscaler,
#     channels) stays held until the restore step has run.
#
# NOTES OF THE PLAN
#   - default/Deployment/sample was made with kubectl apply: change its file, too (poolshift
#     rewrite), or the next apply takes the move back
#
# STEPS
#    1  preflight: send every write as a dry run
#    2  features: nothing to do: Windows2022 needs no feature registration
#    3  hold: hold scale-down of wspool
#    4  control-plane: nothing to do: it is new enough
#    5  create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3
#    6  ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run
#    7  identity-wspo22: 1 identities of wspool's scale set on wspo22's
#    8  pre-pull-wspo22: pull 1 new image on wspo22 and start each once
#    9  retarget-deployment-default-sample: retarget: default/Deployment/sample to
#       mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022
#   10  lift-guard-wspo22: take the guard taint off wspo22
#   11  drain-wspool: cordon wspool, move 3 pods of 1 workload
#   12  verify-wspool: every moved workload is ready on green
#   13  soak-wspool: 3600 s without a fault on green
#   14  unbalance-wspool: wspool leaves the load balancers and its connections end
#   15  delete-wspool: delete wspool
#   16  restore: take the run's marks off, restore holds
#   17  prove-wspool: nothing names wspool any more
#   18  final-check: pools, nodes, workloads as planned

# Names from the cluster, queries and templates stand in single quotes, as they are.
# shellcheck disable=SC2016
set -euo pipefail

# ---- values; change them here and nowhere else
plan='plan-many-sided' # what the marks of this plan say
subscription='49eec6f2-0362-5412-b7fc-d0dbd597e13c'
resource_group='myResourceGroup'
cluster='myAKSCluster'
kubernetes_version='1.23.8'
target_sku='Windows2022'
min_az='' # empty: no first version is recorded
patience_s='7200' # how long a step may wait before it fails
poll_s='10' # how long it waits between two looks
blue_1='wspool'
green_1='wspo22'
sku_1='Windows2019' # blue's OS SKU
size_1='Standard_D2s_v3'
count_1='3'
build_1='10.0.20348' # green's build
owner_1='none'
identities_1=('/subscriptions/49eec6f2-0362-5412-b7fc-d0dbd597e13c/resourceGroups/myResourceGroup/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gmsa')
namespace_1='default'
kind_1='deployment'
name_1='fits'
namespace_2='default'
kind_2='deployment'
name_2='sample'
seconds_13='3600' # soak
seconds_14='60' # leave-load-balancers
seconds_15='3600' # delete-blue
blues=('wspool')
greens=('wspo22')
planned=(
  'default/Deployment/fits'
  'default/Deployment/sample'
  'kube-system/DaemonSet/csi-azuredisk-node-win'
)
gentle_guard='' # whether pods on green may have to be sent back
old_images=(
  'mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019'
)
blockers='0'
steps='18'
context='' # kubectl's context; empty: the current one
node_group='' # the nodes' own resource group, found out at the start
current='1' # the step that is taken
yes=''
take_ownership=''
despite_blockers=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Makes wspo22 with so many nodes.
# Left to the service, whose default it is: kubeletDiskType.
add_pool_1() {
  change az aks nodepool add --resource-group="$resource_group" \
    --cluster-name="$cluster" --name="$green_1" --node-count="$1" \
    --node-vm-size='Standard_D2s_v3' \
    --node-osdisk-size='128' \
    --node-osdisk-type='Managed' \
    --max-pods='30' \
    --vm-set-type='VirtualMachineScaleSets' \
    --scale-down-mode='Delete' \
    --kubernetes-version='1.23.8' \
    --mode='User' \
    --os-type='Windows' \
    --os-sku='Windows2022' \
    --max-surge='10%' \
    --max-unavailable='0' \
    --node-taints='poolshift.io/guard=green:NoSchedule' \
    --tags 'poolshift-run=plan-many-sided' \
    --if-none-match='*' --no-wait
}

# 1. preflight: send every write as a dry run
# expected 5 s; can be taken back
step_1() {
  check_access
  check_version "$kubernetes_version"
  check_blue "$blue_1" "$green_1" "$sku_1" "$size_1" "$count_1"
  try_eviction "$namespace_1" "$kind_1" "$name_1"
}

# 2. features: features that the target asks for
# nothing to do: Windows2022 needs no feature registration
step_2() {
  say '  nothing to do: Windows2022 needs no feature registration'
}

# 3. hold: hold scale-down of wspool
# expected 1 min; can be taken back
step_3() {
  if ! blue_is_left; then
    already 'the old pools are gone, so nothing is held'
    return
  fi
  hold_nodes "$blue_1"
  set_channels 'none' 'None'
}

# 3. hold: takes step 3 back
undo_3() {
  release_nodes "$blue_1"
  release_nodes "$green_1"
  set_channels 'patch' 'NodeImage'
}

# 4. control-plane: the control plane is new enough for the target
# nothing to do: it is new enough
step_4() {
  say '  nothing to do: it is new enough'
}

# 5. create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3
# expected 5 min 5 s; can be taken back
step_5() {
  create_pool "$blue_1" "$green_1" "$count_1" "$owner_1" add_pool_1
  wait_for_pool "$green_1"
}

# 5. create-wspo22: takes step 5 back
undo_5() {
  leave_load_balancers "$green_1" '60'
  check_empty "$green_1"
  delete_pool "$green_1" "$owner_1" ours
}

# 6. ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run
# expected 5 min 32 s; can be taken back
step_6() {
  wait_for_nodes "$green_1" "$build_1"
}

# 7. identity-wspo22: 1 identities of wspool's scale set on wspo22's
# expected 1 min; can be taken back
step_7() {
  assign_identities "$green_1" "${identities_1[@]}"
}

# 8. pre-pull-wspo22: pull 1 new image on wspo22 and start each once
# expected 3 min 18 s; can be taken back
step_8() {
  if is_retargeted "$namespace_2" "$kind_2" "$name_2" "$here/patches/default.deployment.sample.json"; then
    already 'every template is changed'
    return
  fi
  pull_images "$green_1" poolshift-prepull-8a33053d 'default' "$here/manifests/pull-wspo22-default.json"
}

# 8. pre-pull-wspo22: takes step 8 back
undo_8() {
  remove_helpers poolshift-prepull-8a33053d 'default'
}

# 9. retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022
# expected 1 min 30 s; can be taken back
step_9() {
  wait_for_owner \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/default.deployment.sample.json" \
      'argocd' \
      'image mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019 becomes mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022' \
      'nodeSelector kubernetes.azure.com/os-sku: Windows2022' \
      'a toleration of poolshift.io/guard=green:NoSchedule'
}

# 9. retarget-deployment-default-sample: takes step 9 back
undo_9() {
  wait_for_owner \
      "$namespace_2" "$kind_2" "$name_2" \
      "$here/patches/default.deployment.sample.back.json" \
      'argocd' \
      'image mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022 becomes mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019' \
      'the nodeSelector as it was'
}

# 10. lift-guard-wspo22: take the guard taint off wspo22
# expected 8 s; can be taken back
step_10() {
  lift_guard "$green_1"
  wait_for_pool "$green_1"
}

# 11. drain-wspool: cordon wspool, move 3 pods of 1 workload
# expected 2 min 14 s; can be taken back
step_11() {
  check_planned "$blue_1"
  cordon_pool "$blue_1"
  move_off "$namespace_1" "$kind_1" "$name_1" "$blue_1"
  check_empty "$blue_1"
}

# 11. drain-wspool: takes step 11 back
undo_11() {
  uncordon_pool "$blue_1"
  cordon_pool "$green_1"
  move_off "$namespace_1" "$kind_1" "$name_1" "$green_1"
}

# 12. verify-wspool: every moved workload is ready on green
# expected 5 s; can be taken back
step_12() {
  assign_identities "$green_1" "${identities_1[@]}"
  check_workloads
}

# 13. soak-wspool: 3600 s without a fault on green
# expected 1 h; can be taken back
step_13() {
  soak "$seconds_13"
}

# 14. unbalance-wspool: wspool leaves the load balancers and its connections end
# expected 1 min; gate delete-wspool; can be taken back
step_14() {
  leave_load_balancers "$blue_1" "$seconds_14"
}

# 14. unbalance-wspool: takes step 14 back
undo_14() {
  rejoin_load_balancers "$blue_1"
}

# 15. delete-wspool: delete wspool
# expected 1 h; gate delete-wspool; cannot be taken back
step_15() {
  keep_pool "$blue_1" "$seconds_15"
  check_empty "$blue_1"
  delete_pool "$blue_1" "$owner_1"
}

# 16. restore: take the run's marks off, restore holds
# expected 30 s; can be taken back
step_16() {
  remove_marks "$namespace_1" "$kind_1" "$name_1"
  remove_marks "$namespace_2" "$kind_2" "$name_2"
  set_autoscaler "$green_1" 3 6
  assign_identities "$green_1" "${identities_1[@]}"
  release_nodes "$blue_1"
  release_nodes "$green_1"
  set_channels 'patch' 'NodeImage'
}

# 17. prove-wspool: nothing names wspool any more
# expected 1 s; can be taken back
step_17() {
  check_names "$blue_1"
}

# 18. final-check: pools, nodes, workloads as planned
# expected 1 s; can be taken back
step_18() {
  check_green "$green_1" "$target_sku" "$build_1"
  check_workloads
}

# What is not well with the moved workloads, a line each; nothing when all is.
all_trouble() {
  workload_trouble "$namespace_1" "$kind_1" "$name_1" &&
    workload_trouble "$namespace_2" "$kind_2" "$name_2"
}

# Takes one step.
take_step() {
  case $1 in
    1)
      say '[1/18] preflight: send every write as a dry run'
      step_1
      ;;
    2)
      say '[2/18] features: features that the target asks for'
      step_2
      ;;
    3)
      say '[3/18] hold: hold scale-down of wspool'
      step_3
      ;;
    4)
      say '[4/18] control-plane: the control plane is new enough for the target'
      step_4
      ;;
    5)
      say '[5/18] create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3'
      step_5
      ;;
    6)
      say '[6/18] ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run'
      step_6
      ;;
    7)
      say '[7/18] identity-wspo22: 1 identities of wspool'\''s scale set on wspo22'\''s'
      step_7
      ;;
    8)
      say '[8/18] pre-pull-wspo22: pull 1 new image on wspo22 and start each once'
      step_8
      ;;
    9)
      say '[9/18] retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022'
      step_9
      ;;
    10)
      say '[10/18] lift-guard-wspo22: take the guard taint off wspo22'
      step_10
      ;;
    11)
      say '[11/18] drain-wspool: cordon wspool, move 3 pods of 1 workload'
      step_11
      ;;
    12)
      say '[12/18] verify-wspool: every moved workload is ready on green'
      step_12
      ;;
    13)
      say '[13/18] soak-wspool: 3600 s without a fault on green'
      step_13
      ;;
    14)
      say '[14/18] unbalance-wspool: wspool leaves the load balancers and its connections end'
      step_14
      ;;
    15)
      say '[15/18] delete-wspool: delete wspool'
      step_15
      ;;
    16)
      say '[16/18] restore: take the run'\''s marks off, restore holds'
      step_16
      ;;
    17)
      say '[17/18] prove-wspool: nothing names wspool any more'
      step_17
      ;;
    18)
      say '[18/18] final-check: pools, nodes, workloads as planned'
      step_18
      ;;
  esac
}

# Takes one step back.
undo_step() {
  case $1 in
    3) undo_3 ;;
    5) undo_5 ;;
    8) undo_8 ;;
    9) undo_9 ;;
    11) undo_11 ;;
    14) undo_14 ;;
    *) say "step $1 leaves nothing to take back, or has no way back" ;;
  esac
}

# Every step with its number.
list_steps() {
  printf '%s\n' '  1  preflight: send every write as a dry run'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' '  2  features: features that the target asks for'
  printf '%s\n' '       nothing to do: Windows2022 needs no feature registration'
  printf '%s\n' '  3  hold: hold scale-down of wspool'
  printf '%s\n' '       expected 1 min; can be taken back'
  printf '%s\n' '  4  control-plane: the control plane is new enough for the target'
  printf '%s\n' '       nothing to do: it is new enough'
  printf '%s\n' '  5  create-wspo22: create wspo22: Windows2022, 3 nodes of Standard_D2s_v3'
  printf '%s\n' '       expected 5 min 5 s; can be taken back'
  printf '%s\n' '  6  ready-wspo22: all nodes of wspo22 are Ready and their DaemonSet pods run'
  printf '%s\n' '       expected 5 min 32 s; can be taken back'
  printf '%s\n' '  7  identity-wspo22: 1 identities of wspool'\''s scale set on wspo22'\''s'
  printf '%s\n' '       expected 1 min; can be taken back'
  printf '%s\n' '  8  pre-pull-wspo22: pull 1 new image on wspo22 and start each once'
  printf '%s\n' '       expected 3 min 18 s; can be taken back'
  printf '%s\n' '  9  retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 10  lift-guard-wspo22: take the guard taint off wspo22'
  printf '%s\n' '       expected 8 s; can be taken back'
  printf '%s\n' ' 11  drain-wspool: cordon wspool, move 3 pods of 1 workload'
  printf '%s\n' '       expected 2 min 14 s; can be taken back'
  printf '%s\n' ' 12  verify-wspool: every moved workload is ready on green'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 13  soak-wspool: 3600 s without a fault on green'
  printf '%s\n' '       expected 1 h; can be taken back'
  printf '%s\n' ' 14  unbalance-wspool: wspool leaves the load balancers and its connections end'
  printf '%s\n' '       expected 1 min; gate delete-wspool; can be taken back'
  printf '%s\n' ' 15  delete-wspool: delete wspool'
  printf '%s\n' '       expected 1 h; gate delete-wspool; cannot be taken back'
  printf '%s\n' ' 16  restore: take the run'\''s marks off, restore holds'
  printf '%s\n' '       expected 30 s; can be taken back'
  printf '%s\n' ' 17  prove-wspool: nothing names wspool any more'
  printf '%s\n' '       expected 1 s; can be taken back'
  printf '%s\n' ' 18  final-check: pools, nodes, workloads as planned'
  printf '%s\n' '       expected 1 s; can be taken back'
}

# functions of the library:
#   say
#   already
#   fail
#   refuse
#   show
#   run
#   pause
#   wait_more
#   azure
#   kube
#   change
#   at_least
#   check_clients
#   check_cluster
#   wrong_context
#   lower
#   check_access
#   check_version
#   set_channels
#   channels
#   pool
#   check_blue
#   has_pool
#   blue_is_left
#   create_pool
#   wait_for_pool
#   nodes
#   node_names
#   wait_for_nodes
#   daemon_trouble
#   pods_on_node
#   pods_on_pool
#   assign_identities
#   lift_guard
#   set_autoscaler
#   hold_nodes
#   release_nodes
#   cordon_pool
#   uncordon_pool
#   leave_load_balancers
#   rejoin_load_balancers
#   keep_pool
#   check_empty
#   delete_pool
#   confirm
#   check_green
#   workload
#   is_retargeted
#   is_applied
#   try_eviction
#   eviction
#   evict
#   pods_of
#   ready_of
#   pods_of_on
#   may_miss
#   scaled
#   check_budgets
#   selector_of
#   pull_images
#   remove_helpers
#   change_template
#   release_rollout
#   retarget
#   wait_for_rollout
#   wait_for_owner
#   send_back_strays
#   blue_takes_pods
#   check_planned
#   is_planned
#   move_off
#   is_surged
#   begin_surge
#   scale
#   end_surge
#   choose
#   workload_trouble
#   check_workloads
#   soak
#   remove_marks
#   check_names
#   usage
#   step_number
#   main
