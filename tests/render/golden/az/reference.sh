#!/usr/bin/env bash
# Moves node pools of myAKSCluster to Windows2022: wspool becomes poolws.
# Made by poolshift VERSION from plan-reference, which was made at 2022-10-15T08:00:00Z; the facts are
# those of 2022-10-15. Needs bash, az, kubectl, awk and grep. See: --help, --list
#
# WHAT THIS SCRIPT CANNOT DO
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
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
#    3  hold: nothing to do: no autoscaler and no auto-upgrade channel is on
#    4  control-plane: nothing to do: it is new enough
#    5  create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3
#    6  ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run
#    7  identity-poolws: nothing to do: the scale set of wspool has no identities of its own
#    8  pre-pull-poolws: pull 1 new image on poolws and start each once
#    9  canary-wspool: one pod of default/Deployment/sample on poolws, watched for 900 s
#   10  retarget-deployment-default-sample: retarget: default/Deployment/sample to
#       mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022
#   11  lift-guard-poolws: take the guard taint off poolws
#   12  drain-wspool: cordon wspool, move 0 pods of 0 workloads
#   13  verify-wspool: every moved workload is ready on green
#   14  soak-wspool: 3600 s without a fault on green
#   15  unbalance-wspool: wspool leaves the load balancers and its connections end
#   16  delete-wspool: delete wspool
#   17  restore: take the run's marks off, restore holds
#   18  prove-wspool: nothing names wspool any more
#   19  final-check: pools, nodes, workloads as planned

# Names from the cluster, queries and templates stand in single quotes, as they are.
# shellcheck disable=SC2016
set -euo pipefail

# ---- values; change them here and nowhere else
plan='plan-reference' # what the marks of this plan say
subscription='49eec6f2-0362-5412-b7fc-d0dbd597e13c'
resource_group='myResourceGroup'
cluster='myAKSCluster'
kubernetes_version='1.23.8'
target_sku='Windows2022'
min_az='' # empty: no first version is recorded
patience_s='7200' # how long a step may wait before it fails
poll_s='10' # how long it waits between two looks
blue_1='wspool'
green_1='poolws'
sku_1='Windows2019' # blue's OS SKU
size_1='Standard_D2s_v3'
count_1='3'
build_1='10.0.20348' # green's build
owner_1='none'
namespace_1='default'
kind_1='deployment'
name_1='sample'
seconds_9='900' # canary
seconds_14='3600' # soak
seconds_15='60' # leave-load-balancers
blues=('wspool')
greens=('poolws')
planned=(
  'default/Deployment/sample'
  'kube-system/DaemonSet/csi-azuredisk-node-win'
)
gentle_guard='1' # whether pods on green may have to be sent back
old_images=(
  'mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019'
)
blockers='0'
steps='19'
context='' # kubectl's context; empty: the current one
node_group='' # the nodes' own resource group, found out at the start
current='1' # the step that is taken
yes=''
take_ownership=''
despite_blockers=''
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Makes poolws with so many nodes.
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
    --node-taints='poolshift.io/guard=green:PreferNoSchedule' \
    --tags 'poolshift-run=plan-reference' \
    --if-none-match='*' --no-wait
}

# 1. preflight: send every write as a dry run
# expected 5 s; can be taken back
step_1() {
  check_access
  check_version "$kubernetes_version"
  check_blue "$blue_1" "$green_1" "$sku_1" "$size_1" "$count_1"
  try_template \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/default.deployment.sample.json" \
      'mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2019'
}

# 2. features: features that the target asks for
# nothing to do: Windows2022 needs no feature registration
step_2() {
  say '  nothing to do: Windows2022 needs no feature registration'
}

# 3. hold: hold autoscaler and auto-upgrade
# nothing to do: no autoscaler and no auto-upgrade channel is on
step_3() {
  say '  nothing to do: no autoscaler and no auto-upgrade channel is on'
}

# 4. control-plane: the control plane is new enough for the target
# nothing to do: it is new enough
step_4() {
  say '  nothing to do: it is new enough'
}

# 5. create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3
# expected 5 min 5 s; can be taken back
step_5() {
  create_pool "$blue_1" "$green_1" "$count_1" "$owner_1" add_pool_1
  wait_for_pool "$green_1"
}

# 5. create-poolws: takes step 5 back
undo_5() {
  leave_load_balancers "$green_1" '60'
  check_empty "$green_1"
  delete_pool "$green_1" "$owner_1" ours
}

# 6. ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run
# expected 5 min 32 s; can be taken back
step_6() {
  wait_for_nodes "$green_1" "$build_1"
}

# 7. identity-poolws: 0 identities of wspool's scale set on poolws's
# nothing to do: the scale set of wspool has no identities of its own
step_7() {
  say '  nothing to do: the scale set of wspool has no identities of its own'
}

# 8. pre-pull-poolws: pull 1 new image on poolws and start each once
# expected 3 min 18 s; can be taken back
step_8() {
  if is_retargeted "$namespace_1" "$kind_1" "$name_1" "$here/patches/default.deployment.sample.json"; then
    already 'every template is changed'
    return
  fi
  pull_images "$green_1" poolshift-prepull-0a774c95 'default' "$here/manifests/pull-poolws-default.json"
}

# 8. pre-pull-poolws: takes step 8 back
undo_8() {
  remove_helpers poolshift-prepull-0a774c95 'default'
}

# 9. canary-wspool: one pod of default/Deployment/sample on poolws, watched for 900 s
# expected 15 min 30 s; can be taken back
step_9() {
  canary \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/default.deployment.sample.json" \
      "$here/patches/default.deployment.sample.held.json" \
      "$seconds_9"
}

# 9. canary-wspool: takes step 9 back
undo_9() {
  restore_template \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/default.deployment.sample.back.json"
}

# 10. retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022
# expected 1 min 30 s; can be taken back
step_10() {
  retarget "$namespace_1" "$kind_1" "$name_1" "$here/patches/default.deployment.sample.json" ''
}

# 10. retarget-deployment-default-sample: takes step 10 back
undo_10() {
  restore_template \
      "$namespace_1" "$kind_1" "$name_1" \
      "$here/patches/default.deployment.sample.back.json"
}

# 11. lift-guard-poolws: take the guard taint off poolws
# expected 8 s; can be taken back
step_11() {
  lift_guard "$green_1"
  wait_for_pool "$green_1"
}

# 12. drain-wspool: cordon wspool, move 0 pods of 0 workloads
# expected 5 s; can be taken back
step_12() {
  check_planned "$blue_1"
  cordon_pool "$blue_1"
  check_empty "$blue_1"
}

# 12. drain-wspool: takes step 12 back
undo_12() {
  uncordon_pool "$blue_1"
}

# 13. verify-wspool: every moved workload is ready on green
# expected 5 s; can be taken back
step_13() {
  check_workloads
}

# 14. soak-wspool: 3600 s without a fault on green
# expected 1 h; can be taken back
step_14() {
  soak "$seconds_14"
}

# 15. unbalance-wspool: wspool leaves the load balancers and its connections end
# expected 1 min; gate delete-wspool; can be taken back
step_15() {
  leave_load_balancers "$blue_1" "$seconds_15"
}

# 15. unbalance-wspool: takes step 15 back
undo_15() {
  rejoin_load_balancers "$blue_1"
}

# 16. delete-wspool: delete wspool
# expected 54 s; gate delete-wspool; cannot be taken back
step_16() {
  check_empty "$blue_1"
  delete_pool "$blue_1" "$owner_1"
}

# 17. restore: take the run's marks off, restore holds
# expected 5 s; can be taken back
step_17() {
  remove_marks "$namespace_1" "$kind_1" "$name_1"
}

# 18. prove-wspool: nothing names wspool any more
# expected 1 s; can be taken back
step_18() {
  check_names "$blue_1"
}

# 19. final-check: pools, nodes, workloads as planned
# expected 1 s; can be taken back
step_19() {
  check_green "$green_1" "$target_sku" "$build_1"
  check_workloads
}

# What is not well with the moved workloads, a line each; nothing when all is.
all_trouble() {
  workload_trouble "$namespace_1" "$kind_1" "$name_1"
}

# Takes one step.
take_step() {
  case $1 in
    1)
      say '[1/19] preflight: send every write as a dry run'
      step_1
      ;;
    2)
      say '[2/19] features: features that the target asks for'
      step_2
      ;;
    3)
      say '[3/19] hold: hold autoscaler and auto-upgrade'
      step_3
      ;;
    4)
      say '[4/19] control-plane: the control plane is new enough for the target'
      step_4
      ;;
    5)
      say '[5/19] create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3'
      step_5
      ;;
    6)
      say '[6/19] ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run'
      step_6
      ;;
    7)
      say '[7/19] identity-poolws: 0 identities of wspool'\''s scale set on poolws'\''s'
      step_7
      ;;
    8)
      say '[8/19] pre-pull-poolws: pull 1 new image on poolws and start each once'
      step_8
      ;;
    9)
      say '[9/19] canary-wspool: one pod of default/Deployment/sample on poolws, watched for 900 s'
      step_9
      ;;
    10)
      say '[10/19] retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022'
      step_10
      ;;
    11)
      say '[11/19] lift-guard-poolws: take the guard taint off poolws'
      step_11
      ;;
    12)
      say '[12/19] drain-wspool: cordon wspool, move 0 pods of 0 workloads'
      step_12
      ;;
    13)
      say '[13/19] verify-wspool: every moved workload is ready on green'
      step_13
      ;;
    14)
      say '[14/19] soak-wspool: 3600 s without a fault on green'
      step_14
      ;;
    15)
      say '[15/19] unbalance-wspool: wspool leaves the load balancers and its connections end'
      step_15
      ;;
    16)
      say '[16/19] delete-wspool: delete wspool'
      step_16
      ;;
    17)
      say '[17/19] restore: take the run'\''s marks off, restore holds'
      step_17
      ;;
    18)
      say '[18/19] prove-wspool: nothing names wspool any more'
      step_18
      ;;
    19)
      say '[19/19] final-check: pools, nodes, workloads as planned'
      step_19
      ;;
  esac
}

# Takes one step back.
undo_step() {
  case $1 in
    5) undo_5 ;;
    8) undo_8 ;;
    9) undo_9 ;;
    10) undo_10 ;;
    12) undo_12 ;;
    15) undo_15 ;;
    *) say "step $1 leaves nothing to take back, or has no way back" ;;
  esac
}

# Every step with its number.
list_steps() {
  printf '%s\n' '  1  preflight: send every write as a dry run'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' '  2  features: features that the target asks for'
  printf '%s\n' '       nothing to do: Windows2022 needs no feature registration'
  printf '%s\n' '  3  hold: hold autoscaler and auto-upgrade'
  printf '%s\n' '       nothing to do: no autoscaler and no auto-upgrade channel is on'
  printf '%s\n' '  4  control-plane: the control plane is new enough for the target'
  printf '%s\n' '       nothing to do: it is new enough'
  printf '%s\n' '  5  create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3'
  printf '%s\n' '       expected 5 min 5 s; can be taken back'
  printf '%s\n' '  6  ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run'
  printf '%s\n' '       expected 5 min 32 s; can be taken back'
  printf '%s\n' '  7  identity-poolws: 0 identities of wspool'\''s scale set on poolws'\''s'
  printf '%s\n' '       nothing to do: the scale set of wspool has no identities of its own'
  printf '%s\n' '  8  pre-pull-poolws: pull 1 new image on poolws and start each once'
  printf '%s\n' '       expected 3 min 18 s; can be taken back'
  printf '%s\n' '  9  canary-wspool: one pod of default/Deployment/sample on poolws, watched for 900 s'
  printf '%s\n' '       expected 15 min 30 s; can be taken back'
  printf '%s\n' ' 10  retarget-deployment-default-sample: retarget: default/Deployment/sample to mcr.microsoft.com/dotnet/framework/samples:aspnetapp-windowsservercore-ltsc2022'
  printf '%s\n' '       expected 1 min 30 s; can be taken back'
  printf '%s\n' ' 11  lift-guard-poolws: take the guard taint off poolws'
  printf '%s\n' '       expected 8 s; can be taken back'
  printf '%s\n' ' 12  drain-wspool: cordon wspool, move 0 pods of 0 workloads'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 13  verify-wspool: every moved workload is ready on green'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 14  soak-wspool: 3600 s without a fault on green'
  printf '%s\n' '       expected 1 h; can be taken back'
  printf '%s\n' ' 15  unbalance-wspool: wspool leaves the load balancers and its connections end'
  printf '%s\n' '       expected 1 min; gate delete-wspool; can be taken back'
  printf '%s\n' ' 16  delete-wspool: delete wspool'
  printf '%s\n' '       expected 54 s; gate delete-wspool; cannot be taken back'
  printf '%s\n' ' 17  restore: take the run'\''s marks off, restore holds'
  printf '%s\n' '       expected 5 s; can be taken back'
  printf '%s\n' ' 18  prove-wspool: nothing names wspool any more'
  printf '%s\n' '       expected 1 s; can be taken back'
  printf '%s\n' ' 19  final-check: pools, nodes, workloads as planned'
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
#   lift_guard
#   cordon_pool
#   uncordon_pool
#   leave_load_balancers
#   rejoin_load_balancers
#   check_empty
#   delete_pool
#   confirm
#   check_green
#   workload
#   is_retargeted
#   try_template
#   is_applied
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
#   canary
#   fresh_pod
#   watch_pod
#   release_rollout
#   retarget
#   restore_template
#   wait_for_rollout
#   send_back_strays
#   blue_takes_pods
#   check_planned
#   is_planned
#   is_surged
#   scale
#   workload_trouble
#   check_workloads
#   soak
#   remove_marks
#   check_names
#   usage
#   step_number
#   main
