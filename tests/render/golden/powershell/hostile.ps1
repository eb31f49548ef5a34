#Requires -Version 7.2
# Moves node pools of --name; touch owned to Windows2022: wspool becomes poolws.
# Made by poolshift VERSION from plan-hostile, which was made at 2022-10-15T08:00:00Z; the facts are
# those of 2022-10-15.
#
# BLOCKERS: mend these first
#   - PSW104 $(touch owned): line break
#     do: `touch owned`
#
# WHAT THIS CANNOT DO
#   - nothing is taken back by itself when a step fails.
#     instead: take steps back from the last to the first with -Undo N; what was held (autoscaler,
#     channels) stays held until the restore step has run.
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#
# NOTES OF THE PLAN
#   - it's
#   - say "hi"
#   - $(touch owned)
#   - `touch owned`
#   - a b c
#   - line break
#   - tab bed
#   - -rf
#   - --output=json
#   - EOF
#   - POOLSHIFT_END
#   - back\slash
#   - $HOME ${IFS} $1
#   - *?[a-z]{1,2}
#   - ; touch owned;
#   - | tee owned
#   - && touch owned
#   - # no comment
#   - !history
#   - ~root
#   - größe-漢字-🚢
#   - \x202egnp
#   - <b>&amp;</b>
#   - [x](javascript:alert)
#   - %s%n%d
#   - @owned
#
# Needs the modules Az.Accounts and Az.Aks, and kubectl. See the steps with: move.ps1 -List
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
#    9  canary-0: one pod of nsit's/Deployment/it's0
#   10  canary-1: one pod of nssay "hi"/Deployment/say "hi"1
#   11  canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2
#   12  canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3
#   13  canary-4: one pod of nsa b c/Deployment/a b c4
#   14  canary-5: one pod of nsline break/Deployment/line break5
#   15  canary-6: one pod of nstab bed/Deployment/tab bed6
#   16  canary-7: one pod of ns-rf/Deployment/-rf7
#   17  canary-8: one pod of ns--output=json/Deployment/--output=json8
#   18  canary-9: one pod of nsEOF/Deployment/EOF9
#   19  canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
#   20  canary-11: one pod of nsback\slash/Deployment/back\slash11
#   21  canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112
#   22  canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
#   23  canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14
#   24  canary-15: one pod of ns| tee owned/Deployment/| tee owned15
#   25  canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16
#   26  canary-17: one pod of ns# no comment/Deployment/# no comment17
#   27  canary-18: one pod of ns!history/Deployment/!history18
#   28  canary-19: one pod of ns~root/Deployment/~root19
#   29  canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
#   30  canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21
#   31  canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
#   32  canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
#   33  canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24
#   34  canary-25: one pod of ns@owned/Deployment/@owned25
#   35  retarget-0-nsit's/Deployment/it's0: retarget: nsit's/Deployment/it's0
#   36  retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1
#   37  retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch
#       owned)/Deployment/$(touch owned)2
#   38  retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch
#       owned`/Deployment/`touch owned`3
#   39  retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4
#   40  retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line
#       break5
#   41  retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6
#   42  retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7
#   43  retarget-8-ns--output=json/Deployment/--output=json8: retarget:
#       ns--output=json/Deployment/--output=json8
#   44  retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9
#   45  retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget:
#       nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
#   46  retarget-11-nsback\slash/Deployment/back\slash11: retarget:
#       nsback\slash/Deployment/back\slash11
#   47  retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS}
#       $1/Deployment/$HOME ${IFS} $112
#   48  retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget:
#       ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
#   49  retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch
#       owned;/Deployment/; touch owned;14
#   50  retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee
#       owned15
#   51  retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch
#       owned/Deployment/&& touch owned16
#   52  retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/#
#       no comment17
#   53  retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18
#   54  retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19
#   55  retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget:
#       nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
#   56  retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21
#   57  retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget:
#       ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
#   58  retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget:
#       ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
#   59  retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24
#   60  retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25
#   61  lift-guard-poolws: take the guard taint off poolws
#   62  drain-wspool: cordon wspool, move 0 pods of 0 workloads
#   63  verify-wspool: every moved workload is ready on green
#   64  soak-wspool: 3600 s without a fault on green
#   65  unbalance-wspool: nothing to do: line break
#   66  delete-wspool: delete wspool
#   67  restore: take the run's marks off, restore holds
#   68  prove-wspool: nothing names wspool any more
#   69  final-check: pools, nodes, workloads as planned

[CmdletBinding()]
param(
  [switch]$List, # show the steps and end
  [int]$From = 1, # begin with this step
  [int]$To = 0, # end with this step
  [int]$Only = 0, # take this step alone
  [int]$Undo = 0, # take this step back, as far as it can be
  [switch]$Yes, # delete pools without asking
  [string]$Context = '', # kubectl's context; empty: the current one
  [switch]$TakeOwnership, # create and delete pools that other code owns
  [switch]$DespiteBlockers # go on although the plan has blockers
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
# What a program complains about is judged by its exit code.
$PSNativeCommandUseErrorActionPreference = $false

# ---- values; change them here and nowhere else
$plan = 'plan-hostile' # what the marks of this plan say
$subscription = '$(touch owned)'
$resource_group = ('' + 'it''s `a` "group"' + [char]10 + '$(touch owned)')
$cluster_name = '--name; touch owned'
$cluster_id = ('' + '/subscriptions/$(touch owned)/resourceGroups/it''s `a` "group"' + [char]10 + '$(touch owned)/providers/Microsoft.ContainerService/managedClusters/--name; touch owned')
$kubernetes_version = '1.23.8'
$target_sku = 'Windows2022'
$api_version = '2026-06-01'
$compute_version = '2024-11-01'
$patience_s = 7200 # how long a step may wait before it fails
$poll_s = 10 # how long it waits between two looks
$blockers = 1
$steps = 69
$blue_1 = 'wspool'
$green_1 = 'poolws'
$sku_1 = 'Windows2019' # blue's OS SKU
$size_1 = 'Standard_D2s_v3; touch owned'
$count_1 = 3
$build_1 = '10.0.20348' # green's build
$owner_1 = 'none'
$identities_1 = @('/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/gmsa', '/id/$(touch owned) it''s')
$workload_1 = @{ 'Ns' = 'nsit''s'; 'Kind' = 'deployment'; 'Name' = 'it''s0' }
$workload_2 = @{ 'Ns' = 'nssay "hi"'; 'Kind' = 'deployment'; 'Name' = 'say "hi"1' }
$workload_3 = @{ 'Ns' = 'ns$(touch owned)'; 'Kind' = 'deployment'; 'Name' = '$(touch owned)2' }
$workload_4 = @{ 'Ns' = 'ns`touch owned`'; 'Kind' = 'deployment'; 'Name' = '`touch owned`3' }
$workload_5 = @{ 'Ns' = 'nsa b  c'; 'Kind' = 'deployment'; 'Name' = 'a b  c4' }
$workload_6 = @{ 'Ns' = ('' + 'nsline' + [char]10 + 'break'); 'Kind' = 'deployment'; 'Name' = ('' + 'line' + [char]10 + 'break5') }
$workload_7 = @{ 'Ns' = ('' + 'nstab' + [char]9 + 'bed'); 'Kind' = 'deployment'; 'Name' = ('' + 'tab' + [char]9 + 'bed6') }
$workload_8 = @{ 'Ns' = 'ns-rf'; 'Kind' = 'deployment'; 'Name' = '-rf7' }
$workload_9 = @{ 'Ns' = 'ns--output=json'; 'Kind' = 'deployment'; 'Name' = '--output=json8' }
$workload_10 = @{ 'Ns' = 'nsEOF'; 'Kind' = 'deployment'; 'Name' = 'EOF9' }
$workload_11 = @{ 'Ns' = 'nsPOOLSHIFT_END'; 'Kind' = 'deployment'; 'Name' = 'POOLSHIFT_END10' }
$workload_12 = @{ 'Ns' = 'nsback\slash'; 'Kind' = 'deployment'; 'Name' = 'back\slash11' }
$workload_13 = @{ 'Ns' = 'ns$HOME ${IFS} $1'; 'Kind' = 'deployment'; 'Name' = '$HOME ${IFS} $112' }
$workload_14 = @{ 'Ns' = 'ns*?[a-z]{1,2}'; 'Kind' = 'deployment'; 'Name' = '*?[a-z]{1,2}13' }
$workload_15 = @{ 'Ns' = 'ns; touch owned;'; 'Kind' = 'deployment'; 'Name' = '; touch owned;14' }
$workload_16 = @{ 'Ns' = 'ns| tee owned'; 'Kind' = 'deployment'; 'Name' = '| tee owned15' }
$workload_17 = @{ 'Ns' = 'ns&& touch owned'; 'Kind' = 'deployment'; 'Name' = '&& touch owned16' }
$workload_18 = @{ 'Ns' = 'ns# no comment'; 'Kind' = 'deployment'; 'Name' = '# no comment17' }
$workload_19 = @{ 'Ns' = 'ns!history'; 'Kind' = 'deployment'; 'Name' = '!history18' }
$workload_20 = @{ 'Ns' = 'ns~root'; 'Kind' = 'deployment'; 'Name' = '~root19' }
$workload_21 = @{ 'Ns' = 'nsgröße-漢字-🚢'; 'Kind' = 'deployment'; 'Name' = 'größe-漢字-🚢20' }
$workload_22 = @{ 'Ns' = ('' + 'ns' + [char]8238 + 'gnp'); 'Kind' = 'deployment'; 'Name' = ('' + [char]8238 + 'gnp21') }
$workload_23 = @{ 'Ns' = 'ns<b>&amp;<-b>'; 'Kind' = 'deployment'; 'Name' = '<b>&amp;<-b>22' }
$workload_24 = @{ 'Ns' = 'ns[x](javascript:alert)'; 'Kind' = 'deployment'; 'Name' = '[x](javascript:alert)23' }
$workload_25 = @{ 'Ns' = 'ns%s%n%d'; 'Kind' = 'deployment'; 'Name' = '%s%n%d24' }
$workload_26 = @{ 'Ns' = 'ns@owned'; 'Kind' = 'deployment'; 'Name' = '@owned25' }
$workloads = @($workload_1, $workload_2, $workload_3, $workload_4, $workload_5, $workload_6, $workload_7, $workload_8, $workload_9, $workload_10, $workload_11, $workload_12, $workload_13, $workload_14, $workload_15, $workload_16, $workload_17, $workload_18, $workload_19, $workload_20, $workload_21, $workload_22, $workload_23, $workload_24, $workload_25, $workload_26)
$blues = @('wspool')
$greens = @('poolws')
$planned = @('nsit''s/Deployment/it''s0', 'nssay "hi"/Deployment/say "hi"1', 'ns$(touch owned)/Deployment/$(touch owned)2', 'ns`touch owned`/Deployment/`touch owned`3', 'nsa b  c/Deployment/a b  c4', ('' + 'nsline' + [char]10 + 'break/Deployment/line' + [char]10 + 'break5'), ('' + 'nstab' + [char]9 + 'bed/Deployment/tab' + [char]9 + 'bed6'), 'ns-rf/Deployment/-rf7', 'ns--output=json/Deployment/--output=json8', 'nsEOF/Deployment/EOF9', 'nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10', 'nsback\slash/Deployment/back\slash11', 'ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112', 'ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13', 'ns; touch owned;/Deployment/; touch owned;14', 'ns| tee owned/Deployment/| tee owned15', 'ns&& touch owned/Deployment/&& touch owned16', 'ns# no comment/Deployment/# no comment17', 'ns!history/Deployment/!history18', 'ns~root/Deployment/~root19', 'nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20', ('' + 'ns' + [char]8238 + 'gnp/Deployment/' + [char]8238 + 'gnp21'), 'ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22', 'ns[x](javascript:alert)/Deployment/[x](javascript:alert)23', 'ns%s%n%d/Deployment/%s%n%d24', 'ns@owned/Deployment/@owned25')
$gentle_guard = $false # pods on green may be sent back
$old_images = @('old/it''s', 'old/say "hi"', 'old/$(touch owned)', 'old/`touch owned`', 'old/a b  c', ('' + 'old/line' + [char]10 + 'break'), ('' + 'old/tab' + [char]9 + 'bed'), 'old/-rf', 'old/--output=json', 'old/EOF', 'old/POOLSHIFT_END', 'old/back\slash', 'old/$HOME ${IFS} $1', 'old/*?[a-z]{1,2}', 'old/; touch owned;', 'old/| tee owned', 'old/&& touch owned', 'old/# no comment', 'old/!history', 'old/~root', 'old/größe-漢字-🚢', ('' + 'old/' + [char]8238 + 'gnp'), 'old/<b>&amp;</b>', 'old/[x](javascript:alert)', 'old/%s%n%d', 'old/@owned')
$seconds_9 = 60 # canary
$seconds_10 = 60 # canary
$seconds_11 = 60 # canary
$seconds_12 = 60 # canary
$seconds_13 = 60 # canary
$seconds_14 = 60 # canary
$seconds_15 = 60 # canary
$seconds_16 = 60 # canary
$seconds_17 = 60 # canary
$seconds_18 = 60 # canary
$seconds_19 = 60 # canary
$seconds_20 = 60 # canary
$seconds_21 = 60 # canary
$seconds_22 = 60 # canary
$seconds_23 = 60 # canary
$seconds_24 = 60 # canary
$seconds_25 = 60 # canary
$seconds_26 = 60 # canary
$seconds_27 = 60 # canary
$seconds_28 = 60 # canary
$seconds_29 = 60 # canary
$seconds_30 = 60 # canary
$seconds_31 = 60 # canary
$seconds_32 = 60 # canary
$seconds_33 = 60 # canary
$seconds_34 = 60 # canary
$seconds_64 = 60 # soak
$files = $PSScriptRoot

# ---- what the script finds out
$script:current = 1
$script:kubeContext = $Context
$script:nodeGroup = ''
$script:lastSaid = ''
$script:kubeExit = 0
$script:kubeSaid = ''

# functions of the library:
#   Write-Line
#   Write-Already
#   Stop-Move
#   Deny-Move
#   Get-GoOn
#   Wait-More
#   Read-Field
#   Read-List
#   Use-Kubectl
#   Invoke-Kubectl
#   Invoke-Change
#   Get-Kube
#   Get-KubeItems
#   Get-Workload
#   Send-Arm
#   Get-Arm
#   Set-Arm
#   Get-Cluster
#   Get-Pool
#   Get-PoolMark
#   Test-Clients
#   Test-Cluster
#   Test-Access
#   Test-Version
#   Test-Blue
#   Get-Match
#   Confirm-Step

# Makes green by a script block that takes its number of nodes; it is as large as blue is now.
function Add-Green([string]$Blue, [string]$Green, [int]$Count, [string]$Owner, [scriptblock]$Make) {
  $mark = Get-PoolMark $Green
  if ($mark -eq $plan -or ($mark -and $Owner -ne 'none')) {
    Write-Already "the pool $Green is there"
    return
  }
  if ($mark) {
    Stop-Move "there is a pool $Green that this plan did not make" 'plan again with another --green'
  }
  if ($Owner -ne 'none' -and -not $TakeOwnership) {
    $since = Get-Date
    while ($null -eq (Get-Pool $Green)) {
      Wait-More $since "$Owner owns the pools and must create $Green"
    }
    return
  }
  $has = Read-Field (Get-Pool $Blue) @('properties', 'count')
  & $Make ([Math]::Max([int]$has, $Count))
}

# Makes a pool: by the cmdlet where it takes every argument, else by the whole body.
function New-Green([string]$Name, [int]$Count, [hashtable]$Arguments, [string]$BodyFile, [hashtable]$Headers) {
  $known = (Get-Command New-AzAksNodePool).Parameters
  $lacks = @(@($Arguments.Keys) + 'IfNoneMatch' | Where-Object { -not $known.ContainsKey($_) })
  if ($Arguments.Count -gt 0 -and $lacks.Count -eq 0) {
    Write-Line "  + New-AzAksNodePool -ClusterName $cluster_name -Name $Name -Count $Count"
    $header = @{}
    if ($Headers.Count -gt 0) {
      $header = @{ AksCustomHeader = $Headers }
    }
    [void](New-AzAksNodePool -ResourceGroupName $resource_group -ClusterName $cluster_name -Name $Name `
        -Count $Count -IfNoneMatch '*' @Arguments @header)
    return
  }
  $text = Get-Content -LiteralPath $BodyFile -Raw -Encoding utf8
  $body = ConvertFrom-Json -InputObject $text -AsHashtable -Depth 100
  $body['properties']['count'] = $Count
  $all = @{ 'If-None-Match' = '*' }
  foreach ($key in $Headers.Keys) {
    $all[$key] = $Headers[$key]
  }
  Set-Arm 'PUT' "$cluster_id/agentPools/${Name}?api-version=$api_version" $body $all
}

# The service is done with a pool.
function Wait-Pool([string]$Name) {
  $since = Get-Date
  while ($true) {
    $pool = Get-Pool $Name
    if ($null -eq $pool) {
      Stop-Move "the pool $Name is gone"
    }
    $state = Read-Field $pool @('properties', 'provisioningState')
    if ($state -eq 'Succeeded') {
      return
    }
    if ($state -in @('Failed', 'Canceled')) {
      $why = Read-Field $pool @('properties', 'status', 'provisioningError', 'message')
      Stop-Move "the pool $Name is ${state}: $why" (Get-GoOn)
    }
    Wait-More $since "the pool $Name is $state"
  }
}

# Changes some properties of a pool, and leaves the others as they are.
function Update-Pool([string]$Name, [hashtable]$Properties, [hashtable]$Headers) {
  $pool = Get-Pool $Name
  foreach ($key in $Properties.Keys) {
    $pool['properties'][$key] = $Properties[$key]
  }
  $all = Get-Match $pool
  foreach ($key in $Headers.Keys) {
    $all[$key] = $Headers[$key]
  }
  Set-Arm 'PUT' "$cluster_id/agentPools/${Name}?api-version=$api_version" @{ properties = $pool['properties'] } $all
}

# The nodes of a pool.
function Get-Nodes([string]$Name) {
  return , (Get-KubeItems @('get', 'nodes', "--selector=kubernetes.azure.com/agentpool=$Name"))
}

# Whether a node or pod is ready.
function Test-Ready($Object) {
  foreach ($condition in (Read-List $Object @('status', 'conditions'))) {
    if ($condition['type'] -eq 'Ready') {
      return $condition['status'] -eq 'True'
    }
  }
  $false
}

# The name of an object.
function Get-ObjectName($Object) {
  "$(Read-Field $Object @('metadata', 'name'))"
}

# One annotation of an object.
function Get-Note($Object, [string]$Key) {
  "$(Read-Field $Object @('metadata', 'annotations', $Key))"
}

# The owner that controls an object; nothing where none does.
function Get-Owner($Object) {
  foreach ($owner in (Read-List $Object @('metadata', 'ownerReferences'))) {
    if ((Read-Field $owner @('controller'))) {
      return , $owner
    }
  }
  return $null
}

# All nodes of green are Ready, of the right build, and their DaemonSet pods run.
function Wait-Nodes([string]$Green, [string]$Build) {
  $since = Get-Date
  while ($true) {
    $wanted = [int](Read-Field (Get-Pool $Green) @('properties', 'count'))
    $nodes = Get-Nodes $Green
    $ready = @($nodes | Where-Object { Test-Ready $_ })
    Test-Build $ready $Build "delete the pool $Green and look why"
    $trouble = "$($ready.Count) of $wanted nodes are Ready"
    if ($ready.Count -ge $wanted -and $ready.Count -gt 0) {
      $trouble = Get-DaemonTrouble $Green
      if (-not $trouble) {
        Write-Line "  $($ready.Count) nodes of $Green are Ready with their DaemonSet pods"
        return
      }
    }
    Wait-More $since "${Green}: $trouble"
  }
}

# Every one of some nodes runs a build.
function Test-Build([object[]]$Nodes, [string]$Build, [string]$Cure) {
  foreach ($node in $Nodes) {
    $kernel = "$(Read-Field $node @('status', 'nodeInfo', 'kernelVersion'))"
    if ($Build -and -not $kernel.StartsWith($Build)) {
      Stop-Move "node $(Get-ObjectName $node) runs $kernel, not $Build" $Cure
    }
  }
}

# What is not well with DaemonSet pods on a pool; nothing when all is.
function Get-DaemonTrouble([string]$Name) {
  foreach ($set in (Get-KubeItems @('get', 'daemonsets', '--all-namespaces'))) {
    $has = [int](Read-Field $set @('status', 'currentNumberScheduled'))
    if ($has -lt [int](Read-Field $set @('status', 'desiredNumberScheduled'))) {
      return "DaemonSet $(Get-ObjectName $set) has no pod on some node yet"
    }
  }
  foreach ($pod in (Get-PodsOnPool $Name -Daemons)) {
    if (-not (Test-Ready $pod)) {
      return "pod $(Get-ObjectName $pod) is not ready yet"
    }
  }
  ''
}

# Pods on a pool that have not finished: those that must move, or those of DaemonSets.
function Get-PodsOnPool([string]$Name, [switch]$Daemons) {
  $found = @()
  foreach ($node in (Get-Nodes $Name)) {
    $where = "spec.nodeName=$(Get-ObjectName $node),status.phase!=Succeeded,status.phase!=Failed"
    foreach ($pod in (Get-KubeItems @('get', 'pods', '--all-namespaces', "--field-selector=$where"))) {
      $kind = Read-Field (Get-Owner $pod) @('kind')
      if (($kind -eq 'DaemonSet') -eq [bool]$Daemons -and $kind -ne 'Node') {
        $found += , $pod
      }
    }
  }
  return , $found
}

# Green's scale set has these identities.
function Add-Identities([string]$Green, [string[]]$Ids) {
  $sets = Get-Arm "/subscriptions/$subscription/resourceGroups/$script:nodeGroup/providers/Microsoft.Compute/virtualMachineScaleSets?api-version=$compute_version"
  $set = $null
  foreach ($one in (Read-List $sets @('value'))) {
    $of = Read-Field $one @('tags', 'aks-managed-poolName')
    if (-not $of) { $of = Read-Field $one @('tags', 'poolName') }
    if ($of -eq $Green) { $set = $one }
  }
  if ($null -eq $set) {
    Stop-Move "the pool $Green has no scale set in $script:nodeGroup"
  }
  $have = Read-Field $set @('identity', 'userAssignedIdentities')
  $names = @()
  if ($have) { $names = @($have.Keys) }
  $missing = @($Ids | Where-Object { $_ -notin $names })
  if ($missing.Count -eq 0) {
    Write-Already "the identities are on $($set['name'])"
    return
  }
  $type = 'UserAssigned'
  if ("$(Read-Field $set @('identity', 'type'))" -match 'SystemAssigned') {
    $type = 'SystemAssigned, UserAssigned'
  }
  $ours = @{}
  foreach ($id in $missing) {
    $ours[$id] = @{}
  }
  Set-Arm 'PATCH' "$($set['id'])?api-version=$compute_version" @{ identity = @{ type = $type; userAssignedIdentities = $ours } }
}

# Takes the guard taint off green and leaves its other taints.
function Remove-Guard([string]$Green, [hashtable]$Headers) {
  $taints = Read-List (Get-Pool $Green) @('properties', 'nodeTaints')
  $kept = @($taints | Where-Object { -not "$_".StartsWith('poolshift.io/guard=') })
  if ($kept.Count -eq $taints.Count) {
    Write-Already "there is no guard on $Green"
    return
  }
  Update-Pool $Green @{ nodeTaints = $kept } $Headers
}

# Switches a pool's autoscaler on.
function Enable-Autoscaler([string]$Name, [int]$Minimum, [int]$Maximum, [hashtable]$Headers) {
  if ((Read-Field (Get-Pool $Name) @('properties', 'enableAutoScaling'))) {
    Write-Already "the autoscaler of $Name is on"
    return
  }
  Update-Pool $Name @{ enableAutoScaling = $true; minCount = $Minimum; maxCount = $Maximum } $Headers
  Wait-Pool $Name
}

# Takes this plan's holds back.
function Resume-Nodes([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if ((Get-Note $node 'poolshift.io/held-by') -eq $plan) {
      Invoke-Change @('annotate', 'node', (Get-ObjectName $node), 'cluster-autoscaler.kubernetes.io/scale-down-disabled-', 'poolshift.io/held-by-')
    }
  }
}

# Cordons the nodes of a pool that are schedulable; what somebody else cordoned stays theirs.
function Lock-Pool([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if (-not (Read-Field $node @('spec', 'unschedulable'))) {
      Invoke-Change @('annotate', '--overwrite', 'node', (Get-ObjectName $node), "poolshift.io/cordoned-by=$plan")
      Invoke-Change @('cordon', (Get-ObjectName $node))
    }
  }
}

# Takes this plan's cordons back.
function Unlock-Pool([string]$Name) {
  foreach ($node in (Get-Nodes $Name)) {
    if ((Get-Note $node 'poolshift.io/cordoned-by') -eq $plan) {
      Invoke-Change @('uncordon', (Get-ObjectName $node))
      Invoke-Change @('annotate', 'node', (Get-ObjectName $node), 'poolshift.io/cordoned-by-')
    }
  }
}

# The nodes of a pool leave the load balancers, and their connections get time to end.
function Exit-LoadBalancers([string]$Name, [int]$Seconds) {
  $nodes = Get-Nodes $Name
  if ($nodes.Count -eq 0) {
    Write-Already "the pool $Name has no nodes"
    return
  }
  $now = (Get-Date).ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
  $label = 'node.kubernetes.io/exclude-from-external-load-balancers'
  foreach ($node in $nodes) {
    if ($null -eq (Read-Field $node @('metadata', 'labels', $label))) {
      Invoke-Change @('annotate', '--overwrite', 'node', (Get-ObjectName $node), "poolshift.io/excluded-by=$plan", "poolshift.io/excluded-at=$now")
      Invoke-Change @('label', 'node', (Get-ObjectName $node), "$label=true")
    }
  }
  Write-Line "  connections to $Name get $Seconds s to end"
  Start-Sleep -Seconds $Seconds
}

# Nothing but DaemonSet pods is left on a pool.
function Test-Empty([string]$Name) {
  $since = Get-Date
  while ($true) {
    $pods = Get-PodsOnPool $Name
    if ($pods.Count -eq 0) {
      return
    }
    foreach ($pod in $pods) {
      $leaves = Read-Field $pod @('metadata', 'deletionTimestamp')
      if ((Read-Field (Get-Owner $pod) @('kind')) -ne 'Job' -and -not $leaves) {
        Stop-Move "pod $(Get-ObjectName $pod) is still on $Name" "move it, then go on with: move.ps1 -From $script:current"
      }
    }
    Wait-More $since "$(Get-ObjectName $pods[0]) on $Name runs to its end"
  }
}

# Deletes a pool that is empty and out of the load balancers, and waits until its nodes are gone.
function Remove-Pool([string]$Name, [string]$Owner, [switch]$Ours) {
  $pool = Get-Pool $Name
  if ($null -eq $pool) {
    Write-Already "the pool $Name is gone"
    return
  }
  if ($Ours -and (Get-PoolMark $Name) -ne $plan) {
    Stop-Move "this plan did not make the pool $Name, so it stays"
  }
  $state = Read-Field $pool @('properties', 'provisioningState')
  if ($state -ne 'Deleting') {
    foreach ($node in (Get-Nodes $Name)) {
      if ($null -eq (Read-Field $node @('metadata', 'labels', 'node.kubernetes.io/exclude-from-external-load-balancers'))) {
        Stop-Move "node $(Get-ObjectName $node) still takes load balancer traffic" 'run the step before this one again'
      }
    }
    if ($Owner -eq 'none' -or $TakeOwnership) {
      Confirm-Step $Name "delete the pool $Name"
      Set-Arm 'DELETE' "$cluster_id/agentPools/${Name}?api-version=$api_version" $null (Get-Match $pool)
    }
  }
  $since = Get-Date
  while ($true) {
    $pool = Get-Pool $Name
    $nodes = Get-Nodes $Name
    if ($null -eq $pool -and $nodes.Count -eq 0) {
      Write-Line "  the pool $Name is gone"
      return
    }
    $state = Read-Field $pool @('properties', 'provisioningState')
    if ($state -eq 'Failed') {
      Stop-Move "the pool $Name could not be deleted" 'look at it: Get-AzAksNodePool'
    }
    Wait-More $since "the pool $Name is $state, with $($nodes.Count) nodes"
  }
}

# Green is what was planned, by the service's word and by its nodes' own; no helper is left.
function Test-Green([string]$Green, [string]$Sku, [string]$Build) {
  $has = Read-Field (Get-Pool $Green) @('properties', 'osSKU')
  if ($has -ne $Sku) {
    Stop-Move "the pool $Green is $has, not $Sku"
  }
  Test-Build (Get-Nodes $Green) $Build ''
  $left = Get-KubeItems @('get', 'daemonsets', '--all-namespaces', "--selector=poolshift.io/run=$plan")
  if ($left.Count -gt 0) {
    Stop-Move "a helper is left: $(Get-ObjectName $left[0])" 'kubectl delete it'
  }
  Write-Line "  $Green is $Sku"
}

# What a patch, sent as a dry run, would make of a workload.
function Test-Patch([string]$Ns, [string]$Kind, [string]$Name, [string]$File) {
  return , (Get-Kube @('patch', "$Kind/$Name", "--namespace=$Ns", '--type=strategic', "--patch-file=$File", '--dry-run=server'))
}

# An object as text that can be compared: keys in order.
function Get-Plain($Object) {
  if ($Object -is [System.Collections.IDictionary]) {
    $parts = foreach ($key in @($Object.Keys | Sort-Object -CaseSensitive)) {
      "$(ConvertTo-Json -InputObject "$key"):$(Get-Plain $Object[$key])"
    }
    return "{$(@($parts) -join ',')}"
  }
  if ($Object -is [System.Collections.IList]) {
    $parts = foreach ($item in $Object) {
      Get-Plain $item
    }
    return "[$(@($parts) -join ',')]"
  }
  ConvertTo-Json -InputObject $Object -Compress
}

# Whether a template is as planned already: its patch, sent as a dry run, changes nothing.
function Test-Retargeted([string]$Ns, [string]$Kind, [string]$Name, [string]$File) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload) {
    Stop-Move "$Kind $Ns/$Name no longer exists" 'make a new plan'
  }
  $live = Read-Field $workload @('spec', 'template')
  $tried = Read-Field (Test-Patch $Ns $Kind $Name $File) @('spec', 'template')
  (Get-Plain $live) -ceq (Get-Plain $tried)
}

# The containers of a template.
function Get-Containers($Workload, [string]$Which) {
  return , (Read-List $Workload @('spec', 'template', 'spec', $Which))
}

# The template still is what the plan changes: it has those containers and runs those images.
function Test-Template([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string[]]$Images) {
  $live = Get-Workload $Ns $Kind $Name
  if ($null -eq $live) {
    Write-Line "  note: $Kind $Ns/$Name no longer exists"
    return
  }
  if (Test-Retargeted $Ns $Kind $Name $File) {
    Write-Already "the template of $Ns/$Name is as planned"
    return
  }
  $tried = Test-Patch $Ns $Kind $Name $File
  $has = @((Get-Containers $live 'containers') | ForEach-Object { $_['name'] })
  $gets = @((Get-Containers $tried 'containers') | ForEach-Object { $_['name'] })
  if (($has -join '|') -cne ($gets -join '|')) {
    Stop-Move "the containers of $Ns/$Name are others than planned: $($has -join ', ')" 'make a new plan'
  }
  $all = (Get-Containers $live 'initContainers') + (Get-Containers $live 'containers')
  $runs = @($all | ForEach-Object { $_['image'] })
  foreach ($image in $Images) {
    if ($runs -cnotcontains $image) {
      Stop-Move "$Ns/$Name does not run $image any more" 'make a new plan'
    }
  }
}

# A file of the user's changes no more than the plan does.
function Test-Manifest([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Manifest) {
  $tried = Read-Field (Test-Patch $Ns $Kind $Name $File) @('spec')
  $applied = Read-Field (Get-Kube @('apply', "--namespace=$Ns", "--filename=$Manifest", '--dry-run=server')) @('spec')
  if ((Get-Plain $tried) -cne (Get-Plain $applied)) {
    Stop-Move "applying the file of $Ns/$Name would change more than the move" "kubectl diff -f $Manifest, apply that change first, then make a new plan"
  }
}

# A document of the user's files is applied as it stands.
function Test-Document([string]$Target, [string]$File) {
  $said = Invoke-Kubectl @('apply', "--filename=$File", '--dry-run=server')
  if ($said -notmatch 'unchanged') {
    Stop-Move "the document $Target differs from what was applied" "apply that change first: kubectl diff -f $File"
  }
}

# Pods of a workload that are not on their way out.
function Get-PodsOf([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload) {
    return , @()
  }
  $owners = @(Read-Field $workload @('metadata', 'uid'))
  if ($Kind -eq 'deployment') {
    $sets = Get-KubeItems @('get', 'replicasets', "--namespace=$Ns")
    $mine = $sets | Where-Object { (Read-Field (Get-Owner $_) @('uid')) -eq $owners[0] }
    $owners = @($mine | ForEach-Object { Read-Field $_ @('metadata', 'uid') })
  }
  $where = 'status.phase!=Succeeded,status.phase!=Failed'
  $found = @()
  foreach ($pod in (Get-KubeItems @('get', 'pods', "--namespace=$Ns", "--field-selector=$where"))) {
    $by = Read-Field (Get-Owner $pod) @('uid')
    if ($by -and $by -in $owners -and -not (Read-Field $pod @('metadata', 'deletionTimestamp'))) {
      $found += , $pod
    }
  }
  return , $found
}

# Those of some pods that are on the nodes of some pools.
function Select-OnPools([object[]]$Pods, [string[]]$Names) {
  $nodes = @()
  foreach ($name in $Names) {
    foreach ($node in (Get-Nodes $name)) {
      $nodes += Get-ObjectName $node
    }
  }
  return , @($Pods | Where-Object { (Read-Field $_ @('spec', 'nodeName')) -in $nodes })
}

# Asks for one eviction; the uid makes sure that it is this pod. Gives what the server said against it.
function Request-Eviction($Pod, [switch]$DryRun) {
  $ns = Read-Field $Pod @('metadata', 'namespace')
  $name = Get-ObjectName $Pod
  $uid = Read-Field $Pod @('metadata', 'uid')
  $body = @{
    apiVersion = 'policy/v1'
    kind = 'Eviction'
    metadata = @{ name = $name; namespace = $ns }
    deleteOptions = @{ preconditions = @{ uid = $uid } }
  }
  $query = ''
  if ($DryRun) {
    $query = '?dryRun=All'
  }
  $said = (ConvertTo-Json -InputObject $body -Depth 10) |
    & kubectl "--context=$script:kubeContext" create --raw "/api/v1/namespaces/$ns/pods/$name/eviction$query" '--filename=-' 2>&1
  if ($LASTEXITCODE -eq 0) {
    return ''
  }
  @($said | ForEach-Object { "$_" }) -join ' '
}

# Evicts one pod; a budget or a webhook that says no is asked again at the next look.
function Move-Pod($Pod) {
  $said = Request-Eviction $Pod
  if (-not $said) {
    Write-Line "  + evicted $(Get-ObjectName $Pod)"
  } elseif ($said -notmatch 'NotFound|Conflict') {
    Write-Line "  not evicted yet: $(Get-ObjectName $Pod): $said"
  }
}

# A count, or a percentage of some replicas rounded down or up.
function Get-Scaled([string]$Said, [int]$Replicas, [switch]$Up) {
  if ($Said.EndsWith('%')) {
    $exact = [int]$Said.TrimEnd('%') * $Replicas / 100
    if ($Up) {
      return [int][Math]::Ceiling($exact)
    }
    return [int][Math]::Floor($exact)
  }
  [int]$Said
}

# The text under a path of keys, or another where it is absent.
function Read-Text($Object, [string[]]$Path, [string]$Otherwise) {
  $found = "$(Read-Field $Object $Path)"
  if ($found) {
    return $found
  }
  $Otherwise
}

# How many pods a workload may miss by its own settings.
function Get-MayMiss($Workload, [string]$Kind, [int]$Replicas) {
  if ($Kind -eq 'statefulset') {
    $most = Read-Text $Workload @('spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') '1'
    return [Math]::Max(1, (Get-Scaled $most $Replicas))
  }
  if ($Kind -ne 'deployment') {
    return 1
  }
  if ((Read-Field $Workload @('spec', 'strategy', 'type')) -eq 'Recreate') {
    return $Replicas
  }
  $most = Read-Text $Workload @('spec', 'strategy', 'rollingUpdate', 'maxUnavailable') '25%'
  $surge = Read-Text $Workload @('spec', 'strategy', 'rollingUpdate', 'maxSurge') '25%'
  $may = Get-Scaled $most $Replicas
  if ($may -eq 0 -and (Get-Scaled $surge $Replicas -Up) -eq 0) {
    $may = 1
  }
  [Math]::Min($may, $Replicas)
}

# How many replicas a workload wants.
function Get-Replicas($Workload) {
  $wanted = Read-Field $Workload @('spec', 'replicas')
  if ($null -eq $wanted) { return 1 }
  [int]$wanted
}

# Whether a selector of labels matches a pod.
function Test-Selector($Selector, $Pod) {
  $labels = Read-Field $Pod @('metadata', 'labels')
  $wanted = Read-Field $Selector @('matchLabels')
  if ($wanted) {
    foreach ($key in @($wanted.Keys)) {
      if ((Read-Field $labels @($key)) -cne $wanted[$key]) { return $false }
    }
  }
  foreach ($term in (Read-List $Selector @('matchExpressions'))) {
    $has = Read-Field $labels @($term['key'])
    $values = Read-List $term @('values')
    $fits = switch ($term['operator']) {
      'In' { $null -ne $has -and $values -ccontains $has }
      'NotIn' { $null -eq $has -or $values -cnotcontains $has }
      'Exists' { $null -ne $has }
      'DoesNotExist' { $null -eq $has }
      default { $true }
    }
    if (-not $fits) { return $false }
  }
  $true
}

# What a rollout takes away keeps every budget over its pods.
function Test-Budgets([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ((Read-Field $workload @('spec', 'updateStrategy', 'type')) -eq 'OnDelete') {
    return
  }
  $missing = Get-MayMiss $workload $Kind (Get-Replicas $workload)
  if ($missing -eq 0) {
    return
  }
  $pods = Get-PodsOf $Ns $Kind $Name
  foreach ($budget in (Get-KubeItems @('get', 'poddisruptionbudgets', "--namespace=$Ns"))) {
    $allowed = [int](Read-Field $budget @('status', 'disruptionsAllowed'))
    $selector = Read-Field $budget @('spec', 'selector')
    $held = @($pods | Where-Object { Test-Selector $selector $_ })
    if ($held.Count -gt 0 -and $allowed -lt $missing) {
      Stop-Move "the rollout of $Ns/$Name may take $missing pods away, and the budget $(Get-ObjectName $budget) allows $allowed" "raise its replicas or lower the budget, then go on with: move.ps1 -From $script:current"
    }
  }
}

# Pulls new images on green by a helper: pool, helper's name, file by namespace.
function Copy-Images([string]$Green, [string]$Helper, [System.Collections.Specialized.OrderedDictionary]$Files) {
  foreach ($ns in $Files.Keys) {
    $there = Get-Kube @('get', 'daemonset', $Helper, "--namespace=$ns", '--ignore-not-found')
    if ($null -eq $there) {
      Invoke-Change @('create', "--filename=$($Files[$ns])")
    }
    $since = Get-Date
    while ($true) {
      $wanted = [int](Read-Field (Get-Pool $Green) @('properties', 'count'))
      $set = Get-Kube @('get', 'daemonset', $Helper, "--namespace=$ns")
      $ready = [int](Read-Field $set @('status', 'numberReady'))
      if ($ready -ge $wanted) {
        break
      }
      Wait-More $since "images on ${Green}: $ready of $wanted nodes have them"
    }
    Write-Line "  the images are on all nodes of $Green"
    Invoke-Change @('delete', 'daemonset', $Helper, "--namespace=$ns", '--ignore-not-found')
  }
}

# Takes the helpers away.
function Remove-Helpers([string]$Helper, [string[]]$Namespaces) {
  foreach ($ns in $Namespaces) {
    Invoke-Change @('delete', 'daemonset', $Helper, "--namespace=$ns", '--ignore-not-found')
  }
}

# Changes a template; what kubectl apply remembers follows, so that the next apply sees no difference.
function Set-Template([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Plain) {
  $applied = Get-Note (Get-Workload $Ns $Kind $Name) 'kubectl.kubernetes.io/last-applied-configuration'
  if ($applied) {
    $folder = Join-Path ([IO.Path]::GetTempPath()) ([IO.Path]::GetRandomFileName())
    [void](New-Item -ItemType Directory -Path $folder)
    try {
      $old = Join-Path $folder 'old.json'
      $new = Join-Path $folder 'new.json'
      [IO.File]::WriteAllText($old, $applied)
      $text = Invoke-Kubectl @('patch', '--local', "--filename=$old", '--type=strategic', "--patch-file=$Plain", '--output=json')
      [IO.File]::WriteAllText($new, $text)
      [void](Invoke-Kubectl @('apply', 'set-last-applied', "--filename=$new"))
    } finally {
      Remove-Item -LiteralPath $folder -Recurse -Force
    }
  }
  Invoke-Change @('patch', "$Kind/$Name", "--namespace=$Ns", '--type=strategic', "--patch-file=$File")
}

# Changes a template, holds its rollout after its first new pods, and watches one of these.
function Start-Canary([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Held, [int]$Seconds) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload) {
    Write-Line "  note: $Kind $Ns/$Name no longer exists"
    return
  }
  if (Test-Retargeted $Ns $Kind $Name $File) {
    if ((Get-Note $workload 'poolshift.io/rollout-held-by') -ne $plan) {
      Write-Already "the template of $Ns/$Name is changed, and its rollout is not held"
      return
    }
  } else {
    Test-Budgets $Ns $Kind $Name
    $before = "$(Read-Field $workload @('spec', 'minReadySeconds')),$(Read-Field $workload @('spec', 'progressDeadlineSeconds'))"
    Invoke-Change @('annotate', '--overwrite', "$Kind/$Name", "--namespace=$Ns", "poolshift.io/rollout-held-by=$plan", "poolshift.io/rollout-held-from=$before")
    Set-Template $Ns $Kind $Name $Held $File
  }
  if ((Get-Replicas $workload) -eq 0) {
    Write-Line "  note: $Ns/$Name has no replicas now"
    return
  }
  $since = Get-Date
  while ($true) {
    Undo-Strays
    $fresh = Get-FreshPod $Ns $Kind $Name
    if ($fresh) {
      break
    }
    Wait-More $since "the first new pod of $Ns/$Name is not ready yet"
  }
  Watch-Pod $Ns $fresh $Seconds
}

# A ready pod of a Deployment's newest ReplicaSet: its name, or nothing.
function Get-FreshPod([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ((Read-Field $workload @('metadata', 'generation')) -ne (Read-Field $workload @('status', 'observedGeneration'))) {
    return ''
  }
  $uid = Read-Field $workload @('metadata', 'uid')
  $key = 'deployment.kubernetes.io/revision'
  $revision = Get-Note $workload $key
  $newest = $null
  foreach ($set in (Get-KubeItems @('get', 'replicasets', "--namespace=$Ns"))) {
    if ((Read-Field (Get-Owner $set) @('uid')) -eq $uid -and (Get-Note $set $key) -eq $revision) {
      $newest = Read-Field $set @('metadata', 'uid')
    }
  }
  foreach ($pod in (Get-PodsOf $Ns $Kind $Name)) {
    if ($newest -and (Read-Field (Get-Owner $pod) @('uid')) -eq $newest -and (Test-Ready $pod)) {
      return Get-ObjectName $pod
    }
  }
  ''
}

# Watches a pod for so many seconds: it must stay ready and not restart.
function Watch-Pod([string]$Ns, [string]$Name, [int]$Seconds) {
  for ($left = $Seconds; ; $left -= 60) {
    $pod = Get-Kube @('get', 'pod', $Name, "--namespace=$Ns", '--ignore-not-found')
    if ($null -eq $pod -or -not (Test-Ready $pod)) {
      Stop-Move "the pod $Ns/$Name is not ready any more" 'look at its log'
    }
    foreach ($container in (Read-List $pod @('status', 'containerStatuses'))) {
      if ([int]$container['restartCount'] -gt 0) {
        Stop-Move "the pod $Ns/$Name restarted while it was watched" 'look at its log'
      }
    }
    if ($left -le 0) {
      Write-Line "  the pod $Ns/$Name was ready for $Seconds s"
      return
    }
    Write-Line "  the pod $Ns/$Name is watched for another $left s"
    Start-Sleep -Seconds ([Math]::Min($left, 60))
  }
}

# Lets a rollout that this plan holds go on, with the figures from before.
function Resume-Rollout([string]$Ns, [string]$Kind, [string]$Name) {
  $workload = Get-Workload $Ns $Kind $Name
  if ($null -eq $workload -or (Get-Note $workload 'poolshift.io/rollout-held-by') -ne $plan) {
    return
  }
  $ready, $deadline = (Get-Note $workload 'poolshift.io/rollout-held-from').Split(',')
  $spec = @{ minReadySeconds = $null; progressDeadlineSeconds = $null }
  if ($ready -and $ready -ne '0') { $spec.minReadySeconds = [int]$ready }
  if ($deadline) { $spec.progressDeadlineSeconds = [int]$deadline }
  $file = New-TemporaryFile
  try {
    [IO.File]::WriteAllText($file.FullName, (ConvertTo-Json -InputObject @{ spec = $spec } -Depth 5))
    Invoke-Change @('patch', "$Kind/$Name", "--namespace=$Ns", '--type=strategic', "--patch-file=$($file.FullName)")
  } finally {
    Remove-Item -LiteralPath $file.FullName -Force
  }
  Invoke-Change @('annotate', "$Kind/$Name", "--namespace=$Ns", 'poolshift.io/rollout-held-by-', 'poolshift.io/rollout-held-from-')
}

# Changes a template, or lets its held rollout go on, and waits until it has rolled out.
function Switch-Workload([string]$Ns, [string]$Kind, [string]$Name, [string]$File, [string]$Manifest = '') {
  if ($null -eq (Get-Workload $Ns $Kind $Name)) {
    Write-Line "  note: $Kind $Ns/$Name no longer exists"
    return
  }
  if (Test-Retargeted $Ns $Kind $Name $File) {
    Resume-Rollout $Ns $Kind $Name
  } else {
    Test-Budgets $Ns $Kind $Name
    Set-Template $Ns $Kind $Name $File $File
  }
  if ($Manifest) {
    Invoke-Change @('apply', "--namespace=$Ns", "--filename=$Manifest")
  }
  Wait-Rollout $Ns $Kind $Name
}

# Puts a template back by its patch, and waits until it has rolled out.
function Restore-Workload([string]$Ns, [string]$Kind, [string]$Name, [string]$File) {
  if (Test-Retargeted $Ns $Kind $Name $File) {
    Write-Already "the template of $Ns/$Name is as it was"
  } else {
    Test-Budgets $Ns $Kind $Name
    Set-Template $Ns $Kind $Name $File $File
  }
  Resume-Rollout $Ns $Kind $Name
  Wait-Rollout $Ns $Kind $Name
}

# Every pod of a workload is new, ready and the only one.
function Wait-Rollout([string]$Ns, [string]$Kind, [string]$Name) {
  $since = Get-Date
  while ($true) {
    Undo-Strays
    $workload = Get-Workload $Ns $Kind $Name
    $wanted = Get-Replicas $workload
    $updated = [int](Read-Field $workload @('status', 'updatedReplicas'))
    $all = [int](Read-Field $workload @('status', 'replicas'))
    $ready = [int](Read-Field $workload @('status', 'readyReplicas'))
    $seen = [int](Read-Field $workload @('status', 'observedGeneration'))
    $current = $seen -ge [int](Read-Field $workload @('metadata', 'generation'))
    if ($current -and $updated -ge $wanted -and $all -eq $wanted -and $ready -ge $wanted) {
      Write-Line "  $Ns/$Name has rolled out"
      return
    }
    if ((Read-Field $workload @('spec', 'paused'))) {
      Wait-More $since "somebody paused the rollout of $Ns/${Name}: kubectl rollout resume"
    } else {
      Wait-More $since "$Ns/${Name}: $updated of $wanted pods are new, $ready are ready"
    }
  }
}

# Evicts pods on green whose image only blue fits, while blue still takes pods.
function Undo-Strays {
  if (-not $gentle_guard) {
    return
  }
  $open = $false
  foreach ($blue in $blues) {
    foreach ($node in (Get-Nodes $blue)) {
      $open = $open -or -not (Read-Field $node @('spec', 'unschedulable'))
    }
  }
  if (-not $open) {
    return
  }
  foreach ($green in $greens) {
    foreach ($pod in (Get-PodsOnPool $green)) {
      $runs = @((Read-List $pod @('spec', 'containers')) | ForEach-Object { $_['image'] })
      $old = @($runs | Where-Object { $old_images -ccontains $_ })
      if ($old.Count -gt 0 -and -not (Read-Field $pod @('metadata', 'deletionTimestamp'))) {
        Write-Line "  $(Get-ObjectName $pod) is on $green, and its image does not fit"
        Move-Pod $pod
      }
    }
  }
}

# No workload is on a pool that nobody planned for.
function Test-Planned([string]$Name) {
  foreach ($pod in (Get-PodsOnPool $Name)) {
    $owner = Get-Owner $pod
    $ns = Read-Field $pod @('metadata', 'namespace')
    if ((Read-Field $pod @('metadata', 'deletionTimestamp')) -or (Read-Field $owner @('kind')) -eq 'Job') {
      continue
    }
    if ($null -eq $owner) {
      Stop-Move "the bare pod $ns/$(Get-ObjectName $pod) would be lost: nothing makes it again" "delete it or give it an owner, then go on with: move.ps1 -From $script:current"
    }
    $target = "$ns/$($owner['kind'])/$($owner['name'])"
    if ($owner['kind'] -eq 'ReplicaSet') {
      $top = Get-Owner (Get-Workload $ns 'replicaset' $owner['name'])
      if ($null -ne $top) {
        $target = "$ns/$($top['kind'])/$($top['name'])"
      }
    }
    if ($planned -cnotcontains $target) {
      Stop-Move "$target has pods on $Name and is not in the plan: nobody looked whether its images fit" 'move it by hand or make a new plan'
    }
  }
}

# What is not well with the moved workloads; nothing when all is.
function Get-Trouble {
  foreach ($one in $workloads) {
    $workload = Get-Workload $one.Ns $one.Kind $one.Name
    if ($null -eq $workload) {
      continue
    }
    $pods = Get-PodsOf $one.Ns $one.Kind $one.Name
    $wanted = Get-Replicas $workload
    $ready = @($pods | Where-Object { Test-Ready $_ }).Count
    if ($ready -lt $wanted) {
      return "$($one.Ns)/$($one.Name) has $ready of $wanted pods ready"
    }
    $old = Select-OnPools $pods $blues
    if ($old.Count -gt 0) {
      return "$($one.Ns)/$($one.Name) still has $(Get-ObjectName $old[0]) on an old pool"
    }
  }
  ''
}

# Every moved workload is as ready as it wants to be, and has left the old pools.
function Test-Workloads {
  $since = Get-Date
  while ($trouble = Get-Trouble) {
    Wait-More $since $trouble
  }
  Write-Line '  all moved workloads are ready on the new pools'
}

# So many seconds without a fault; they start anew with each.
function Wait-Soak([int]$Seconds) {
  $there = @($blues | Where-Object { $null -ne (Get-Pool $_) })
  if ($there.Count -eq 0) {
    Write-Already 'the old pools are gone'
    return
  }
  $quiet = Get-Date
  $since = Get-Date
  while ($true) {
    $trouble = Get-Trouble
    if ($trouble) {
      Wait-More $since "$trouble (the soak starts anew)"
      $quiet = Get-Date
      continue
    }
    $has = [int]((Get-Date) - $quiet).TotalSeconds
    if ($has -ge $Seconds) {
      Write-Line "  $Seconds s without a fault"
      return
    }
    $since = Get-Date
    Write-Line "  quiet for $has of $Seconds s"
    Start-Sleep -Seconds ([Math]::Min([Math]::Max(1, $Seconds - $has), 60))
  }
}

# Takes this plan's marks off a workload and its pods.
function Clear-Marks([string]$Ns, [string]$Kind, [string]$Name) {
  Resume-Rollout $Ns $Kind $Name
  $workload = Get-Workload $Ns $Kind $Name
  if ((Get-Note $workload 'poolshift.io/surged-by') -eq $plan) {
    if ((Get-Replicas $workload) -eq [int](Get-Note $workload 'poolshift.io/surged-to')) {
      Invoke-Change @('scale', 'deployment', $Name, "--namespace=$Ns", "--replicas=$(Get-Note $workload 'poolshift.io/surged-from')")
    }
    Invoke-Change @('annotate', 'deployment', $Name, "--namespace=$Ns", 'poolshift.io/surged-by-', 'poolshift.io/surged-from-', 'poolshift.io/surged-to-')
  }
  foreach ($pod in (Get-KubeItems @('get', 'pods', "--namespace=$Ns"))) {
    if ((Get-Note $pod 'poolshift.io/chosen-by') -eq $plan -and -not (Read-Field $pod @('metadata', 'deletionTimestamp'))) {
      Invoke-Change @('annotate', 'pod', (Get-ObjectName $pod), "--namespace=$Ns", 'controller.kubernetes.io/pod-deletion-cost-', 'poolshift.io/chosen-by-')
    }
  }
}

# No template selects a pool by its name any more.
function Test-Names([string]$Pool) {
  $kinds = 'deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch'
  foreach ($one in (Get-KubeItems @('get', $kinds, '--all-namespaces'))) {
    $selector = Read-Field $one @('spec', 'template', 'spec', 'nodeSelector')
    foreach ($key in @('agentpool', 'kubernetes.azure.com/agentpool')) {
      if ((Read-Field $selector @($key)) -eq $Pool) {
        Stop-Move "$($one['kind']) $(Get-ObjectName $one) still selects the pool $Pool by name" "change its nodeSelector, then go on with: move.ps1 -From $script:current"
      }
    }
  }
  Write-Line "  no template names $Pool"
}

# Checks the clients, and takes the steps from the first to the last, or one back.
function Start-Move {
  if ($List) {
    Show-Steps
    exit 0
  }
  $first = $From
  $last = $steps
  if ($To) {
    $last = $To
  }
  if ($Only) {
    $first = $Only
    $last = $Only
  }
  foreach ($number in @($first, $last, $Undo)) {
    if ($number -lt 0 -or $number -gt $steps) {
      Deny-Move "there is no step $number" 'see them with: move.ps1 -List'
    }
  }
  if ($blockers -gt 0 -and -not $DespiteBlockers) {
    Deny-Move "the plan has $blockers blockers; they stand on top of this script" 'mend them and plan again, or pass -DespiteBlockers'
  }
  Test-Clients
  Test-Cluster
  if ($Undo) {
    $script:current = $Undo
    Undo-Step $Undo
    exit 0
  }
  for ($script:current = $first; $script:current -le $last; $script:current++) {
    Invoke-Step $script:current
  }
  Write-Line "done: steps $first to $last"
}

# Makes poolws with so many nodes.
$make_1 = {
  param([int]$Count)
  $arguments = @{
    'VmSize' = 'Standard_D2s_v3; touch owned'
    'OsDiskSize' = 128
    'OSDiskType' = 'Managed'
    'MaxPodCount' = 30
    'VmSetType' = 'VirtualMachineScaleSets'
    'ScaleDownMode' = 'Delete'
    'KubernetesVersion' = '1.23.8'
    'Mode' = 'User'
    'OsType' = 'Windows'
    'OsSKU' = 'Windows2022'
    'MaxSurge' = '10%'
    'NodeTaint' = @('poolshift.io/guard=green:NoSchedule', 'it''s', 'say "hi"', '$(touch owned)', '`touch owned`', 'a b  c', ('' + 'line' + [char]10 + 'break'), ('' + 'tab' + [char]9 + 'bed'), '-rf', '--output=json', 'EOF', 'POOLSHIFT_END', 'back\slash', '$HOME ${IFS} $1', '*?[a-z]{1,2}', '; touch owned;', '| tee owned', '&& touch owned', '# no comment', '!history', '~root', 'größe-漢字-🚢', ('' + [char]8238 + 'gnp'), '<b>&amp;</b>', '[x](javascript:alert)', '%s%n%d', '@owned')
    'NodeLabel' = @{ 'label0' = 'it''s'; 'label1' = 'say "hi"'; 'label2' = '$(touch owned)'; 'label3' = '`touch owned`'; 'label4' = 'a b  c'; 'label5' = ('' + 'line' + [char]10 + 'break'); 'label6' = ('' + 'tab' + [char]9 + 'bed'); 'label7' = '-rf'; 'label8' = '--output=json'; 'label9' = 'EOF'; 'label10' = 'POOLSHIFT_END'; 'label11' = 'back\slash'; 'label12' = '$HOME ${IFS} $1'; 'label13' = '*?[a-z]{1,2}'; 'label14' = '; touch owned;'; 'label15' = '| tee owned'; 'label16' = '&& touch owned'; 'label17' = '# no comment'; 'label18' = '!history'; 'label19' = '~root'; 'label20' = 'größe-漢字-🚢'; 'label21' = ('' + [char]8238 + 'gnp'); 'label22' = '<b>&amp;</b>'; 'label23' = '[x](javascript:alert)'; 'label24' = '%s%n%d'; 'label25' = '@owned' }
    'Tag' = @{ 'it''s' = 'it''s'; 'say "hi"' = 'say "hi"'; '$(touch owned)' = '$(touch owned)'; '`touch owned`' = '`touch owned`'; 'a b  c' = 'a b  c'; ('' + 'line' + [char]10 + 'break') = ('' + 'line' + [char]10 + 'break'); ('' + 'tab' + [char]9 + 'bed') = ('' + 'tab' + [char]9 + 'bed'); '-rf' = '-rf'; '--output=json' = '--output=json'; 'EOF' = 'EOF'; 'POOLSHIFT_END' = 'POOLSHIFT_END'; 'back\slash' = 'back\slash'; '$HOME ${IFS} $1' = '$HOME ${IFS} $1'; '*?[a-z]{1,2}' = '*?[a-z]{1,2}'; '; touch owned;' = '; touch owned;'; '| tee owned' = '| tee owned'; '&& touch owned' = '&& touch owned'; '# no comment' = '# no comment'; '!history' = '!history'; '~root' = '~root'; 'größe-漢字-🚢' = 'größe-漢字-🚢'; ('' + [char]8238 + 'gnp') = ('' + [char]8238 + 'gnp'); '<b>&amp;</b>' = '<b>&amp;</b>'; '[x](javascript:alert)' = '[x](javascript:alert)'; '%s%n%d' = '%s%n%d'; '@owned' = '@owned'; 'poolshift-run' = 'plan-hostile' }
    'VnetSubnetID' = '/subscriptions/$(touch owned)/sub net''s'
  }
  New-Green $green_1 $Count $arguments (Join-Path $files 'manifests/pool-poolws.json') @{ 'UseWindowsGen2VM' = 'true' }
}

# 1. preflight: send every write as a dry run
# expected 5 s; can be taken back
function Invoke-Step1 {
  Test-Access
  Test-Version $kubernetes_version
  Test-Blue $blue_1 $green_1 $sku_1 $size_1 $count_1
  Test-Template @workload_1 -File (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.json') -Images @('old/it''s')
  Test-Template @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json') -Images @('old/say "hi"')
  Test-Manifest @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json') -Manifest (Join-Path $files 'manifests/nssay-hi-deployment-say-hi-1-e2c25b8b.yaml')
  Test-Template @workload_3 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json') -Images @('old/$(touch owned)')
  Test-Template @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json') -Images @('old/`touch owned`')
  Test-Manifest @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json') -Manifest (Join-Path $files 'manifests/ns-touch-owned-deployment-touch-owned-3-871f8e6e.yaml')
  Test-Template @workload_5 -File (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json') -Images @('old/a b  c')
  Test-Template @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.json') -Images @(('' + 'old/line' + [char]10 + 'break'))
  Test-Manifest @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.json') -Manifest (Join-Path $files 'manifests/nsline-break-deployment-line-break5-85c3f603.yaml')
  Test-Template @workload_7 -File (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.json') -Images @(('' + 'old/tab' + [char]9 + 'bed'))
  Test-Template @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.json') -Images @('old/-rf')
  Test-Manifest @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.json') -Manifest (Join-Path $files 'manifests/ns-rf.deployment.-rf7.yaml')
  Test-Template @workload_9 -File (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.json') -Images @('old/--output=json')
  Test-Template @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.json') -Images @('old/EOF')
  Test-Manifest @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.json') -Manifest (Join-Path $files 'manifests/nseof-deployment-eof9-6d00ab8c.yaml')
  Test-Template @workload_11 -File (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json') -Images @('old/POOLSHIFT_END')
  Test-Template @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.json') -Images @('old/back\slash')
  Test-Manifest @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.json') -Manifest (Join-Path $files 'manifests/nsback-slash-deployment-back-slash11-d9b20ff6.yaml')
  Test-Template @workload_13 -File (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json') -Images @('old/$HOME ${IFS} $1')
  Test-Template @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json') -Images @('old/*?[a-z]{1,2}')
  Test-Manifest @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json') -Manifest (Join-Path $files 'manifests/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.yaml')
  Test-Template @workload_15 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json') -Images @('old/; touch owned;')
  Test-Template @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json') -Images @('old/| tee owned')
  Test-Manifest @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json') -Manifest (Join-Path $files 'manifests/ns-tee-owned-deployment-tee-owned15-6006bf95.yaml')
  Test-Template @workload_17 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.json') -Images @('old/&& touch owned')
  Test-Template @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.json') -Images @('old/# no comment')
  Test-Manifest @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.json') -Manifest (Join-Path $files 'manifests/ns-no-comment-deployment-no-comment17-7257869c.yaml')
  Test-Template @workload_19 -File (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.json') -Images @('old/!history')
  Test-Template @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.json') -Images @('old/~root')
  Test-Manifest @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.json') -Manifest (Join-Path $files 'manifests/ns-root-deployment-root19-dee10650.yaml')
  Test-Template @workload_21 -File (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.json') -Images @('old/größe-漢字-🚢')
  Test-Template @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.json') -Images @(('' + 'old/' + [char]8238 + 'gnp'))
  Test-Manifest @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.json') -Manifest (Join-Path $files 'manifests/ns-gnp-deployment-gnp21-4d3babd8.yaml')
  Test-Template @workload_23 -File (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json') -Images @('old/<b>&amp;</b>')
  Test-Template @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json') -Images @('old/[x](javascript:alert)')
  Test-Manifest @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json') -Manifest (Join-Path $files 'manifests/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.yaml')
  Test-Template @workload_25 -File (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json') -Images @('old/%s%n%d')
  Test-Template @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.json') -Images @('old/@owned')
  Test-Manifest @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.json') -Manifest (Join-Path $files 'manifests/ns-owned-deployment-owned25-52ccd3af.yaml')
  Test-Document '$(touch owned)/Service/EOF' (Join-Path $files 'manifests/touch-owned-service-eof-52a7019e.other.yaml')
}

# 2. features: features that the target asks for
# nothing to do: Windows2022 needs no feature registration
function Invoke-Step2 {
  Write-Line '  nothing to do: Windows2022 needs no feature registration'
}

# 3. hold: hold autoscaler and auto-upgrade
# nothing to do: no autoscaler and no auto-upgrade channel is on
function Invoke-Step3 {
  Write-Line '  nothing to do: no autoscaler and no auto-upgrade channel is on'
}

# 4. control-plane: the control plane is new enough for the target
# nothing to do: it is new enough
function Invoke-Step4 {
  Write-Line '  nothing to do: it is new enough'
}

# 5. create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3
# expected 5 min 5 s; can be taken back
function Invoke-Step5 {
  Add-Green $blue_1 $green_1 $count_1 $owner_1 $make_1
  Wait-Pool $green_1
}

# 5. create-poolws: takes step 5 back
function Undo-Step5 {
  Exit-LoadBalancers $green_1 60
  Test-Empty $green_1
  Remove-Pool $green_1 $owner_1 -Ours
}

# 6. ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run
# expected 5 min 32 s; can be taken back
function Invoke-Step6 {
  Wait-Nodes $green_1 $build_1
}

# 7. identity-poolws: 0 identities of wspool's scale set on poolws's
# nothing to do: the scale set of wspool has no identities of its own
function Invoke-Step7 {
  Write-Line '  nothing to do: the scale set of wspool has no identities of its own'
}

# 8. pre-pull-poolws: pull 1 new image on poolws and start each once
# expected 3 min 18 s; can be taken back
function Invoke-Step8 {
  if ((Test-Retargeted @workload_1 -File (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.json')) -and
      (Test-Retargeted @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json')) -and
      (Test-Retargeted @workload_3 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json')) -and
      (Test-Retargeted @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json')) -and
      (Test-Retargeted @workload_5 -File (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json')) -and
      (Test-Retargeted @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.json')) -and
      (Test-Retargeted @workload_7 -File (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.json')) -and
      (Test-Retargeted @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.json')) -and
      (Test-Retargeted @workload_9 -File (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.json')) -and
      (Test-Retargeted @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.json')) -and
      (Test-Retargeted @workload_11 -File (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json')) -and
      (Test-Retargeted @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.json')) -and
      (Test-Retargeted @workload_13 -File (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json')) -and
      (Test-Retargeted @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json')) -and
      (Test-Retargeted @workload_15 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json')) -and
      (Test-Retargeted @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json')) -and
      (Test-Retargeted @workload_17 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.json')) -and
      (Test-Retargeted @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.json')) -and
      (Test-Retargeted @workload_19 -File (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.json')) -and
      (Test-Retargeted @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.json')) -and
      (Test-Retargeted @workload_21 -File (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.json')) -and
      (Test-Retargeted @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.json')) -and
      (Test-Retargeted @workload_23 -File (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json')) -and
      (Test-Retargeted @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json')) -and
      (Test-Retargeted @workload_25 -File (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json')) -and
      (Test-Retargeted @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.json'))) {
    Write-Already 'every template is changed'
    return
  }
  Copy-Images $green_1 'poolshift-prepull-9c711ac9' ([ordered]@{ 'nsit''s' = (Join-Path $files 'manifests/pull-poolws-nsit-s-0b241d03.json'); 'nssay "hi"' = (Join-Path $files 'manifests/pull-poolws-nssay-hi-4f2eecb4.json'); 'ns$(touch owned)' = (Join-Path $files 'manifests/pull-poolws-ns-touch-owned-98fe1edc.json'); 'ns`touch owned`' = (Join-Path $files 'manifests/pull-poolws-ns-touch-owned-c22e3880.json'); 'nsa b  c' = (Join-Path $files 'manifests/pull-poolws-nsa-b-c-f265a0be.json'); ('' + 'nsline' + [char]10 + 'break') = (Join-Path $files 'manifests/pull-poolws-nsline-break-803444d2.json'); ('' + 'nstab' + [char]9 + 'bed') = (Join-Path $files 'manifests/pull-poolws-nstab-bed-c794fea5.json'); 'ns-rf' = (Join-Path $files 'manifests/pull-poolws-ns-rf.json'); 'ns--output=json' = (Join-Path $files 'manifests/pull-poolws-ns-output-json-b1659eb3.json'); 'nsEOF' = (Join-Path $files 'manifests/pull-poolws-nseof-c55b03a0.json'); 'nsPOOLSHIFT_END' = (Join-Path $files 'manifests/pull-poolws-nspoolshift-end-e6ecc96f.json'); 'nsback\slash' = (Join-Path $files 'manifests/pull-poolws-nsback-slash-6d8084fe.json'); 'ns$HOME ${IFS} $1' = (Join-Path $files 'manifests/pull-poolws-ns-home-ifs-1-037008a4.json'); 'ns*?[a-z]{1,2}' = (Join-Path $files 'manifests/pull-poolws-ns-a-z-1-2-e436fe0f.json'); 'ns; touch owned;' = (Join-Path $files 'manifests/pull-poolws-ns-touch-owned-49d65234.json'); 'ns| tee owned' = (Join-Path $files 'manifests/pull-poolws-ns-tee-owned-ab236a46.json'); 'ns&& touch owned' = (Join-Path $files 'manifests/pull-poolws-ns-touch-owned-592119b9.json'); 'ns# no comment' = (Join-Path $files 'manifests/pull-poolws-ns-no-comment-d7b1ea2a.json'); 'ns!history' = (Join-Path $files 'manifests/pull-poolws-ns-history-e9af6e19.json'); 'ns~root' = (Join-Path $files 'manifests/pull-poolws-ns-root-e56e2fed.json'); 'nsgröße-漢字-🚢' = (Join-Path $files 'manifests/pull-poolws-nsgr-e-f05e5f55.json'); ('' + 'ns' + [char]8238 + 'gnp') = (Join-Path $files 'manifests/pull-poolws-ns-gnp-313a1d99.json'); 'ns<b>&amp;<-b>' = (Join-Path $files 'manifests/pull-poolws-ns-b-amp-b-a6129537.json'); 'ns[x](javascript:alert)' = (Join-Path $files 'manifests/pull-poolws-ns-x-javascript-alert-fea56cd0.json'); 'ns%s%n%d' = (Join-Path $files 'manifests/pull-poolws-ns-s-n-d-bf0263a7.json'); 'ns@owned' = (Join-Path $files 'manifests/pull-poolws-ns-owned-99407017.json') })
}

# 8. pre-pull-poolws: takes step 8 back
function Undo-Step8 {
  Remove-Helpers 'poolshift-prepull-9c711ac9' @('nsit''s', 'nssay "hi"', 'ns$(touch owned)', 'ns`touch owned`', 'nsa b  c', ('' + 'nsline' + [char]10 + 'break'), ('' + 'nstab' + [char]9 + 'bed'), 'ns-rf', 'ns--output=json', 'nsEOF', 'nsPOOLSHIFT_END', 'nsback\slash', 'ns$HOME ${IFS} $1', 'ns*?[a-z]{1,2}', 'ns; touch owned;', 'ns| tee owned', 'ns&& touch owned', 'ns# no comment', 'ns!history', 'ns~root', 'nsgröße-漢字-🚢', ('' + 'ns' + [char]8238 + 'gnp'), 'ns<b>&amp;<-b>', 'ns[x](javascript:alert)', 'ns%s%n%d', 'ns@owned')
}

# 9. canary-0: one pod of nsit's/Deployment/it's0
# expected 15 min 30 s; can be taken back
function Invoke-Step9 {
  Start-Canary @workload_1 -File (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.json') -Held (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.held.json') -Seconds $seconds_9
}

# 9. canary-0: takes step 9 back
function Undo-Step9 {
  Restore-Workload @workload_1 -File (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.back.json')
}

# 10. canary-1: one pod of nssay "hi"/Deployment/say "hi"1
# expected 15 min 30 s; can be taken back
function Invoke-Step10 {
  Start-Canary @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json') -Held (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.held.json') -Seconds $seconds_10
}

# 10. canary-1: takes step 10 back
function Undo-Step10 {
  Restore-Workload @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.back.json')
}

# 11. canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2
# expected 15 min 30 s; can be taken back
function Invoke-Step11 {
  Start-Canary @workload_3 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json') -Held (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.held.json') -Seconds $seconds_11
}

# 11. canary-2: takes step 11 back
function Undo-Step11 {
  Restore-Workload @workload_3 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.back.json')
}

# 12. canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3
# expected 15 min 30 s; can be taken back
function Invoke-Step12 {
  Start-Canary @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json') -Held (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.held.json') -Seconds $seconds_12
}

# 12. canary-3: takes step 12 back
function Undo-Step12 {
  Restore-Workload @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.back.json')
}

# 13. canary-4: one pod of nsa b c/Deployment/a b c4
# expected 15 min 30 s; can be taken back
function Invoke-Step13 {
  Start-Canary @workload_5 -File (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json') -Held (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.held.json') -Seconds $seconds_13
}

# 13. canary-4: takes step 13 back
function Undo-Step13 {
  Restore-Workload @workload_5 -File (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.back.json')
}

# 14. canary-5: one pod of nsline break/Deployment/line break5
# expected 15 min 30 s; can be taken back
function Invoke-Step14 {
  Start-Canary @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.json') -Held (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.held.json') -Seconds $seconds_14
}

# 14. canary-5: takes step 14 back
function Undo-Step14 {
  Restore-Workload @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.back.json')
}

# 15. canary-6: one pod of nstab bed/Deployment/tab bed6
# expected 15 min 30 s; can be taken back
function Invoke-Step15 {
  Start-Canary @workload_7 -File (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.json') -Held (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.held.json') -Seconds $seconds_15
}

# 15. canary-6: takes step 15 back
function Undo-Step15 {
  Restore-Workload @workload_7 -File (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.back.json')
}

# 16. canary-7: one pod of ns-rf/Deployment/-rf7
# expected 15 min 30 s; can be taken back
function Invoke-Step16 {
  Start-Canary @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.json') -Held (Join-Path $files 'patches/ns-rf.deployment.-rf7.held.json') -Seconds $seconds_16
}

# 16. canary-7: takes step 16 back
function Undo-Step16 {
  Restore-Workload @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.back.json')
}

# 17. canary-8: one pod of ns--output=json/Deployment/--output=json8
# expected 15 min 30 s; can be taken back
function Invoke-Step17 {
  Start-Canary @workload_9 -File (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.json') -Held (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.held.json') -Seconds $seconds_17
}

# 17. canary-8: takes step 17 back
function Undo-Step17 {
  Restore-Workload @workload_9 -File (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.back.json')
}

# 18. canary-9: one pod of nsEOF/Deployment/EOF9
# expected 15 min 30 s; can be taken back
function Invoke-Step18 {
  Start-Canary @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.json') -Held (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.held.json') -Seconds $seconds_18
}

# 18. canary-9: takes step 18 back
function Undo-Step18 {
  Restore-Workload @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.back.json')
}

# 19. canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
# expected 15 min 30 s; can be taken back
function Invoke-Step19 {
  Start-Canary @workload_11 -File (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json') -Held (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.held.json') -Seconds $seconds_19
}

# 19. canary-10: takes step 19 back
function Undo-Step19 {
  Restore-Workload @workload_11 -File (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.back.json')
}

# 20. canary-11: one pod of nsback\slash/Deployment/back\slash11
# expected 15 min 30 s; can be taken back
function Invoke-Step20 {
  Start-Canary @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.json') -Held (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.held.json') -Seconds $seconds_20
}

# 20. canary-11: takes step 20 back
function Undo-Step20 {
  Restore-Workload @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.back.json')
}

# 21. canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112
# expected 15 min 30 s; can be taken back
function Invoke-Step21 {
  Start-Canary @workload_13 -File (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json') -Held (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.held.json') -Seconds $seconds_21
}

# 21. canary-12: takes step 21 back
function Undo-Step21 {
  Restore-Workload @workload_13 -File (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.back.json')
}

# 22. canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
# expected 15 min 30 s; can be taken back
function Invoke-Step22 {
  Start-Canary @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json') -Held (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.held.json') -Seconds $seconds_22
}

# 22. canary-13: takes step 22 back
function Undo-Step22 {
  Restore-Workload @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.back.json')
}

# 23. canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14
# expected 15 min 30 s; can be taken back
function Invoke-Step23 {
  Start-Canary @workload_15 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json') -Held (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.held.json') -Seconds $seconds_23
}

# 23. canary-14: takes step 23 back
function Undo-Step23 {
  Restore-Workload @workload_15 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.back.json')
}

# 24. canary-15: one pod of ns| tee owned/Deployment/| tee owned15
# expected 15 min 30 s; can be taken back
function Invoke-Step24 {
  Start-Canary @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json') -Held (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.held.json') -Seconds $seconds_24
}

# 24. canary-15: takes step 24 back
function Undo-Step24 {
  Restore-Workload @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.back.json')
}

# 25. canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16
# expected 15 min 30 s; can be taken back
function Invoke-Step25 {
  Start-Canary @workload_17 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.json') -Held (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.held.json') -Seconds $seconds_25
}

# 25. canary-16: takes step 25 back
function Undo-Step25 {
  Restore-Workload @workload_17 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.back.json')
}

# 26. canary-17: one pod of ns# no comment/Deployment/# no comment17
# expected 15 min 30 s; can be taken back
function Invoke-Step26 {
  Start-Canary @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.json') -Held (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.held.json') -Seconds $seconds_26
}

# 26. canary-17: takes step 26 back
function Undo-Step26 {
  Restore-Workload @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.back.json')
}

# 27. canary-18: one pod of ns!history/Deployment/!history18
# expected 15 min 30 s; can be taken back
function Invoke-Step27 {
  Start-Canary @workload_19 -File (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.json') -Held (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.held.json') -Seconds $seconds_27
}

# 27. canary-18: takes step 27 back
function Undo-Step27 {
  Restore-Workload @workload_19 -File (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.back.json')
}

# 28. canary-19: one pod of ns~root/Deployment/~root19
# expected 15 min 30 s; can be taken back
function Invoke-Step28 {
  Start-Canary @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.json') -Held (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.held.json') -Seconds $seconds_28
}

# 28. canary-19: takes step 28 back
function Undo-Step28 {
  Restore-Workload @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.back.json')
}

# 29. canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
# expected 15 min 30 s; can be taken back
function Invoke-Step29 {
  Start-Canary @workload_21 -File (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.json') -Held (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.held.json') -Seconds $seconds_29
}

# 29. canary-20: takes step 29 back
function Undo-Step29 {
  Restore-Workload @workload_21 -File (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.back.json')
}

# 30. canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21
# expected 15 min 30 s; can be taken back
function Invoke-Step30 {
  Start-Canary @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.json') -Held (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.held.json') -Seconds $seconds_30
}

# 30. canary-21: takes step 30 back
function Undo-Step30 {
  Restore-Workload @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.back.json')
}

# 31. canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
# expected 15 min 30 s; can be taken back
function Invoke-Step31 {
  Start-Canary @workload_23 -File (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json') -Held (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.held.json') -Seconds $seconds_31
}

# 31. canary-22: takes step 31 back
function Undo-Step31 {
  Restore-Workload @workload_23 -File (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.back.json')
}

# 32. canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
# expected 15 min 30 s; can be taken back
function Invoke-Step32 {
  Start-Canary @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json') -Held (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.held.json') -Seconds $seconds_32
}

# 32. canary-23: takes step 32 back
function Undo-Step32 {
  Restore-Workload @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.back.json')
}

# 33. canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24
# expected 15 min 30 s; can be taken back
function Invoke-Step33 {
  Start-Canary @workload_25 -File (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json') -Held (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.held.json') -Seconds $seconds_33
}

# 33. canary-24: takes step 33 back
function Undo-Step33 {
  Restore-Workload @workload_25 -File (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.back.json')
}

# 34. canary-25: one pod of ns@owned/Deployment/@owned25
# expected 15 min 30 s; can be taken back
function Invoke-Step34 {
  Start-Canary @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.json') -Held (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.held.json') -Seconds $seconds_34
}

# 34. canary-25: takes step 34 back
function Undo-Step34 {
  Restore-Workload @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.back.json')
}

# 35. retarget-0-nsit's/Deployment/it's0: retarget: nsit's/Deployment/it's0
# expected 1 min 30 s; can be taken back
function Invoke-Step35 {
  Switch-Workload @workload_1 -File (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.json')
}

# 35. retarget-0-nsit's/Deployment/it's0: takes step 35 back
function Undo-Step35 {
  Restore-Workload @workload_1 -File (Join-Path $files 'patches/nsit-s-deployment-it-s0-b68ca0c9.back.json')
}

# 36. retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1
# expected 1 min 30 s; can be taken back
function Invoke-Step36 {
  Switch-Workload @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.json') -Manifest (Join-Path $files 'manifests/nssay-hi-deployment-say-hi-1-e2c25b8b.yaml')
}

# 36. retarget-1-nssay "hi"/Deployment/say "hi"1: takes step 36 back
function Undo-Step36 {
  Restore-Workload @workload_2 -File (Join-Path $files 'patches/nssay-hi-deployment-say-hi-1-e2c25b8b.back.json')
}

# 37. retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch owned)/Deployment/$(touch owned)2
# expected 1 min 30 s; can be taken back
function Invoke-Step37 {
  Switch-Workload @workload_3 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.json')
}

# 37. retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: takes step 37 back
function Undo-Step37 {
  Restore-Workload @workload_3 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-2-37b552ce.back.json')
}

# 38. retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch owned`/Deployment/`touch owned`3
# expected 1 min 30 s; can be taken back
function Invoke-Step38 {
  Switch-Workload @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.json') -Manifest (Join-Path $files 'manifests/ns-touch-owned-deployment-touch-owned-3-871f8e6e.yaml')
}

# 38. retarget-3-ns`touch owned`/Deployment/`touch owned`3: takes step 38 back
function Undo-Step38 {
  Restore-Workload @workload_4 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-3-871f8e6e.back.json')
}

# 39. retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4
# expected 1 min 30 s; can be taken back
function Invoke-Step39 {
  Switch-Workload @workload_5 -File (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.json')
}

# 39. retarget-4-nsa b c/Deployment/a b c4: takes step 39 back
function Undo-Step39 {
  Restore-Workload @workload_5 -File (Join-Path $files 'patches/nsa-b-c-deployment-a-b-c4-4763b3d8.back.json')
}

# 40. retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line break5
# expected 1 min 30 s; can be taken back
function Invoke-Step40 {
  Switch-Workload @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.json') -Manifest (Join-Path $files 'manifests/nsline-break-deployment-line-break5-85c3f603.yaml')
}

# 40. retarget-5-nsline break/Deployment/line break5: takes step 40 back
function Undo-Step40 {
  Restore-Workload @workload_6 -File (Join-Path $files 'patches/nsline-break-deployment-line-break5-85c3f603.back.json')
}

# 41. retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6
# expected 1 min 30 s; can be taken back
function Invoke-Step41 {
  Switch-Workload @workload_7 -File (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.json')
}

# 41. retarget-6-nstab bed/Deployment/tab bed6: takes step 41 back
function Undo-Step41 {
  Restore-Workload @workload_7 -File (Join-Path $files 'patches/nstab-bed-deployment-tab-bed6-8c340095.back.json')
}

# 42. retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7
# expected 1 min 30 s; can be taken back
function Invoke-Step42 {
  Switch-Workload @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.json') -Manifest (Join-Path $files 'manifests/ns-rf.deployment.-rf7.yaml')
}

# 42. retarget-7-ns-rf/Deployment/-rf7: takes step 42 back
function Undo-Step42 {
  Restore-Workload @workload_8 -File (Join-Path $files 'patches/ns-rf.deployment.-rf7.back.json')
}

# 43. retarget-8-ns--output=json/Deployment/--output=json8: retarget: ns--output=json/Deployment/--output=json8
# expected 1 min 30 s; can be taken back
function Invoke-Step43 {
  Switch-Workload @workload_9 -File (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.json')
}

# 43. retarget-8-ns--output=json/Deployment/--output=json8: takes step 43 back
function Undo-Step43 {
  Restore-Workload @workload_9 -File (Join-Path $files 'patches/ns-output-json-deployment-output-json8-0ebb5a62.back.json')
}

# 44. retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9
# expected 1 min 30 s; can be taken back
function Invoke-Step44 {
  Switch-Workload @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.json') -Manifest (Join-Path $files 'manifests/nseof-deployment-eof9-6d00ab8c.yaml')
}

# 44. retarget-9-nsEOF/Deployment/EOF9: takes step 44 back
function Undo-Step44 {
  Restore-Workload @workload_10 -File (Join-Path $files 'patches/nseof-deployment-eof9-6d00ab8c.back.json')
}

# 45. retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget: nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10
# expected 1 min 30 s; can be taken back
function Invoke-Step45 {
  Switch-Workload @workload_11 -File (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.json')
}

# 45. retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: takes step 45 back
function Undo-Step45 {
  Restore-Workload @workload_11 -File (Join-Path $files 'patches/nspoolshift-end-deployment-poolshift-end10-891e2b5b.back.json')
}

# 46. retarget-11-nsback\slash/Deployment/back\slash11: retarget: nsback\slash/Deployment/back\slash11
# expected 1 min 30 s; can be taken back
function Invoke-Step46 {
  Switch-Workload @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.json') -Manifest (Join-Path $files 'manifests/nsback-slash-deployment-back-slash11-d9b20ff6.yaml')
}

# 46. retarget-11-nsback\slash/Deployment/back\slash11: takes step 46 back
function Undo-Step46 {
  Restore-Workload @workload_12 -File (Join-Path $files 'patches/nsback-slash-deployment-back-slash11-d9b20ff6.back.json')
}

# 47. retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112
# expected 1 min 30 s; can be taken back
function Invoke-Step47 {
  Switch-Workload @workload_13 -File (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.json')
}

# 47. retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: takes step 47 back
function Undo-Step47 {
  Restore-Workload @workload_13 -File (Join-Path $files 'patches/ns-home-ifs-1-deployment-home-ifs-112-41d180c0.back.json')
}

# 48. retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget: ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13
# expected 1 min 30 s; can be taken back
function Invoke-Step48 {
  Switch-Workload @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.json') -Manifest (Join-Path $files 'manifests/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.yaml')
}

# 48. retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: takes step 48 back
function Undo-Step48 {
  Restore-Workload @workload_14 -File (Join-Path $files 'patches/ns-a-z-1-2-deployment-a-z-1-2-13-5704b0a5.back.json')
}

# 49. retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch owned;/Deployment/; touch owned;14
# expected 1 min 30 s; can be taken back
function Invoke-Step49 {
  Switch-Workload @workload_15 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.json')
}

# 49. retarget-14-ns; touch owned;/Deployment/; touch owned;14: takes step 49 back
function Undo-Step49 {
  Restore-Workload @workload_15 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned-14-7a37db2e.back.json')
}

# 50. retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee owned15
# expected 1 min 30 s; can be taken back
function Invoke-Step50 {
  Switch-Workload @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.json') -Manifest (Join-Path $files 'manifests/ns-tee-owned-deployment-tee-owned15-6006bf95.yaml')
}

# 50. retarget-15-ns| tee owned/Deployment/| tee owned15: takes step 50 back
function Undo-Step50 {
  Restore-Workload @workload_16 -File (Join-Path $files 'patches/ns-tee-owned-deployment-tee-owned15-6006bf95.back.json')
}

# 51. retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch owned/Deployment/&& touch owned16
# expected 1 min 30 s; can be taken back
function Invoke-Step51 {
  Switch-Workload @workload_17 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.json')
}

# 51. retarget-16-ns&& touch owned/Deployment/&& touch owned16: takes step 51 back
function Undo-Step51 {
  Restore-Workload @workload_17 -File (Join-Path $files 'patches/ns-touch-owned-deployment-touch-owned16-70729413.back.json')
}

# 52. retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/# no comment17
# expected 1 min 30 s; can be taken back
function Invoke-Step52 {
  Switch-Workload @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.json') -Manifest (Join-Path $files 'manifests/ns-no-comment-deployment-no-comment17-7257869c.yaml')
}

# 52. retarget-17-ns# no comment/Deployment/# no comment17: takes step 52 back
function Undo-Step52 {
  Restore-Workload @workload_18 -File (Join-Path $files 'patches/ns-no-comment-deployment-no-comment17-7257869c.back.json')
}

# 53. retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18
# expected 1 min 30 s; can be taken back
function Invoke-Step53 {
  Switch-Workload @workload_19 -File (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.json')
}

# 53. retarget-18-ns!history/Deployment/!history18: takes step 53 back
function Undo-Step53 {
  Restore-Workload @workload_19 -File (Join-Path $files 'patches/ns-history-deployment-history18-8928c8e3.back.json')
}

# 54. retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19
# expected 1 min 30 s; can be taken back
function Invoke-Step54 {
  Switch-Workload @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.json') -Manifest (Join-Path $files 'manifests/ns-root-deployment-root19-dee10650.yaml')
}

# 54. retarget-19-ns~root/Deployment/~root19: takes step 54 back
function Undo-Step54 {
  Restore-Workload @workload_20 -File (Join-Path $files 'patches/ns-root-deployment-root19-dee10650.back.json')
}

# 55. retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget: nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20
# expected 1 min 30 s; can be taken back
function Invoke-Step55 {
  Switch-Workload @workload_21 -File (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.json')
}

# 55. retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: takes step 55 back
function Undo-Step55 {
  Restore-Workload @workload_21 -File (Join-Path $files 'patches/nsgr-e-deployment-gr-e-20-0e65231e.back.json')
}

# 56. retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21
# expected 1 min 30 s; can be taken back
function Invoke-Step56 {
  Switch-Workload @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.json') -Manifest (Join-Path $files 'manifests/ns-gnp-deployment-gnp21-4d3babd8.yaml')
}

# 56. retarget-21-ns\x202egnp/Deployment/\x202egnp21: takes step 56 back
function Undo-Step56 {
  Restore-Workload @workload_22 -File (Join-Path $files 'patches/ns-gnp-deployment-gnp21-4d3babd8.back.json')
}

# 57. retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget: ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22
# expected 1 min 30 s; can be taken back
function Invoke-Step57 {
  Switch-Workload @workload_23 -File (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.json')
}

# 57. retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: takes step 57 back
function Undo-Step57 {
  Restore-Workload @workload_23 -File (Join-Path $files 'patches/ns-b-amp-b-deployment-b-amp-b-22-164298d4.back.json')
}

# 58. retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget: ns[x](javascript:alert)/Deployment/[x](javascript:alert)23
# expected 1 min 30 s; can be taken back
function Invoke-Step58 {
  Switch-Workload @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.json') -Manifest (Join-Path $files 'manifests/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.yaml')
}

# 58. retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: takes step 58 back
function Undo-Step58 {
  Restore-Workload @workload_24 -File (Join-Path $files 'patches/ns-x-javascript-alert-deployment-x-javascript-alert-23-72bce431.back.json')
}

# 59. retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24
# expected 1 min 30 s; can be taken back
function Invoke-Step59 {
  Switch-Workload @workload_25 -File (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.json')
}

# 59. retarget-24-ns%s%n%d/Deployment/%s%n%d24: takes step 59 back
function Undo-Step59 {
  Restore-Workload @workload_25 -File (Join-Path $files 'patches/ns-s-n-d-deployment-s-n-d24-fd3d6eea.back.json')
}

# 60. retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25
# expected 1 min 30 s; can be taken back
function Invoke-Step60 {
  Switch-Workload @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.json') -Manifest (Join-Path $files 'manifests/ns-owned-deployment-owned25-52ccd3af.yaml')
}

# 60. retarget-25-ns@owned/Deployment/@owned25: takes step 60 back
function Undo-Step60 {
  Restore-Workload @workload_26 -File (Join-Path $files 'patches/ns-owned-deployment-owned25-52ccd3af.back.json')
}

# 61. lift-guard-poolws: take the guard taint off poolws
# expected 8 s; can be taken back
function Invoke-Step61 {
  Remove-Guard $green_1 @{ 'UseWindowsGen2VM' = 'true' }
  Wait-Pool $green_1
}

# 62. drain-wspool: cordon wspool, move 0 pods of 0 workloads
# expected 5 s; can be taken back
function Invoke-Step62 {
  Test-Planned $blue_1
  Lock-Pool $blue_1
  Test-Empty $blue_1
}

# 62. drain-wspool: takes step 62 back
function Undo-Step62 {
  Unlock-Pool $blue_1
}

# 63. verify-wspool: every moved workload is ready on green
# expected 5 s; can be taken back
function Invoke-Step63 {
  Add-Identities $green_1 $identities_1
  Test-Workloads
}

# 64. soak-wspool: 3600 s without a fault on green
# expected 1 h; can be taken back
function Invoke-Step64 {
  Wait-Soak $seconds_64
}

# 65. unbalance-wspool: wspool leaves the load balancers and its connections end
# nothing to do: line break
function Invoke-Step65 {
  Write-Line '  nothing to do: line break'
}

# 66. delete-wspool: delete wspool
# expected 54 s; gate delete-wspool; cannot be taken back
function Invoke-Step66 {
  Test-Empty $blue_1
  Remove-Pool $blue_1 $owner_1
}

# 67. restore: take the run's marks off, restore holds
# expected 5 s; can be taken back
function Invoke-Step67 {
  Clear-Marks @workload_1
  Clear-Marks @workload_2
  Clear-Marks @workload_3
  Clear-Marks @workload_4
  Clear-Marks @workload_5
  Clear-Marks @workload_6
  Clear-Marks @workload_7
  Clear-Marks @workload_8
  Clear-Marks @workload_9
  Clear-Marks @workload_10
  Clear-Marks @workload_11
  Clear-Marks @workload_12
  Clear-Marks @workload_13
  Clear-Marks @workload_14
  Clear-Marks @workload_15
  Clear-Marks @workload_16
  Clear-Marks @workload_17
  Clear-Marks @workload_18
  Clear-Marks @workload_19
  Clear-Marks @workload_20
  Clear-Marks @workload_21
  Clear-Marks @workload_22
  Clear-Marks @workload_23
  Clear-Marks @workload_24
  Clear-Marks @workload_25
  Clear-Marks @workload_26
  Enable-Autoscaler $green_1 1 5 @{ 'UseWindowsGen2VM' = 'true' }
  Add-Identities $green_1 $identities_1
  Resume-Nodes $blue_1
  Resume-Nodes $green_1
}

# 68. prove-wspool: nothing names wspool any more
# expected 1 s; can be taken back
function Invoke-Step68 {
  Test-Names $blue_1
}

# 69. final-check: pools, nodes, workloads as planned
# expected 1 s; can be taken back
function Invoke-Step69 {
  Test-Green $green_1 $target_sku $build_1
  Test-Workloads
}

# Takes one step.
function Invoke-Step([int]$Number) {
  switch ($Number) {
    1 {
      Write-Line '[1/69] preflight: send every write as a dry run'
      Invoke-Step1
    }
    2 {
      Write-Line '[2/69] features: features that the target asks for'
      Invoke-Step2
    }
    3 {
      Write-Line '[3/69] hold: hold autoscaler and auto-upgrade'
      Invoke-Step3
    }
    4 {
      Write-Line '[4/69] control-plane: the control plane is new enough for the target'
      Invoke-Step4
    }
    5 {
      Write-Line '[5/69] create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3'
      Invoke-Step5
    }
    6 {
      Write-Line '[6/69] ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run'
      Invoke-Step6
    }
    7 {
      Write-Line '[7/69] identity-poolws: 0 identities of wspool''s scale set on poolws''s'
      Invoke-Step7
    }
    8 {
      Write-Line '[8/69] pre-pull-poolws: pull 1 new image on poolws and start each once'
      Invoke-Step8
    }
    9 {
      Write-Line '[9/69] canary-0: one pod of nsit''s/Deployment/it''s0'
      Invoke-Step9
    }
    10 {
      Write-Line '[10/69] canary-1: one pod of nssay "hi"/Deployment/say "hi"1'
      Invoke-Step10
    }
    11 {
      Write-Line '[11/69] canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2'
      Invoke-Step11
    }
    12 {
      Write-Line '[12/69] canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3'
      Invoke-Step12
    }
    13 {
      Write-Line '[13/69] canary-4: one pod of nsa b c/Deployment/a b c4'
      Invoke-Step13
    }
    14 {
      Write-Line '[14/69] canary-5: one pod of nsline break/Deployment/line break5'
      Invoke-Step14
    }
    15 {
      Write-Line '[15/69] canary-6: one pod of nstab bed/Deployment/tab bed6'
      Invoke-Step15
    }
    16 {
      Write-Line '[16/69] canary-7: one pod of ns-rf/Deployment/-rf7'
      Invoke-Step16
    }
    17 {
      Write-Line '[17/69] canary-8: one pod of ns--output=json/Deployment/--output=json8'
      Invoke-Step17
    }
    18 {
      Write-Line '[18/69] canary-9: one pod of nsEOF/Deployment/EOF9'
      Invoke-Step18
    }
    19 {
      Write-Line '[19/69] canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
      Invoke-Step19
    }
    20 {
      Write-Line '[20/69] canary-11: one pod of nsback\slash/Deployment/back\slash11'
      Invoke-Step20
    }
    21 {
      Write-Line '[21/69] canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
      Invoke-Step21
    }
    22 {
      Write-Line '[22/69] canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
      Invoke-Step22
    }
    23 {
      Write-Line '[23/69] canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14'
      Invoke-Step23
    }
    24 {
      Write-Line '[24/69] canary-15: one pod of ns| tee owned/Deployment/| tee owned15'
      Invoke-Step24
    }
    25 {
      Write-Line '[25/69] canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16'
      Invoke-Step25
    }
    26 {
      Write-Line '[26/69] canary-17: one pod of ns# no comment/Deployment/# no comment17'
      Invoke-Step26
    }
    27 {
      Write-Line '[27/69] canary-18: one pod of ns!history/Deployment/!history18'
      Invoke-Step27
    }
    28 {
      Write-Line '[28/69] canary-19: one pod of ns~root/Deployment/~root19'
      Invoke-Step28
    }
    29 {
      Write-Line '[29/69] canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
      Invoke-Step29
    }
    30 {
      Write-Line '[30/69] canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21'
      Invoke-Step30
    }
    31 {
      Write-Line '[31/69] canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
      Invoke-Step31
    }
    32 {
      Write-Line '[32/69] canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
      Invoke-Step32
    }
    33 {
      Write-Line '[33/69] canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24'
      Invoke-Step33
    }
    34 {
      Write-Line '[34/69] canary-25: one pod of ns@owned/Deployment/@owned25'
      Invoke-Step34
    }
    35 {
      Write-Line '[35/69] retarget-0-nsit''s/Deployment/it''s0: retarget: nsit''s/Deployment/it''s0'
      Invoke-Step35
    }
    36 {
      Write-Line '[36/69] retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1'
      Invoke-Step36
    }
    37 {
      Write-Line '[37/69] retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch owned)/Deployment/$(touch owned)2'
      Invoke-Step37
    }
    38 {
      Write-Line '[38/69] retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch owned`/Deployment/`touch owned`3'
      Invoke-Step38
    }
    39 {
      Write-Line '[39/69] retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4'
      Invoke-Step39
    }
    40 {
      Write-Line '[40/69] retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line break5'
      Invoke-Step40
    }
    41 {
      Write-Line '[41/69] retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6'
      Invoke-Step41
    }
    42 {
      Write-Line '[42/69] retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7'
      Invoke-Step42
    }
    43 {
      Write-Line '[43/69] retarget-8-ns--output=json/Deployment/--output=json8: retarget: ns--output=json/Deployment/--output=json8'
      Invoke-Step43
    }
    44 {
      Write-Line '[44/69] retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9'
      Invoke-Step44
    }
    45 {
      Write-Line '[45/69] retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget: nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
      Invoke-Step45
    }
    46 {
      Write-Line '[46/69] retarget-11-nsback\slash/Deployment/back\slash11: retarget: nsback\slash/Deployment/back\slash11'
      Invoke-Step46
    }
    47 {
      Write-Line '[47/69] retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
      Invoke-Step47
    }
    48 {
      Write-Line '[48/69] retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget: ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
      Invoke-Step48
    }
    49 {
      Write-Line '[49/69] retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch owned;/Deployment/; touch owned;14'
      Invoke-Step49
    }
    50 {
      Write-Line '[50/69] retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee owned15'
      Invoke-Step50
    }
    51 {
      Write-Line '[51/69] retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch owned/Deployment/&& touch owned16'
      Invoke-Step51
    }
    52 {
      Write-Line '[52/69] retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/# no comment17'
      Invoke-Step52
    }
    53 {
      Write-Line '[53/69] retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18'
      Invoke-Step53
    }
    54 {
      Write-Line '[54/69] retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19'
      Invoke-Step54
    }
    55 {
      Write-Line '[55/69] retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget: nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
      Invoke-Step55
    }
    56 {
      Write-Line '[56/69] retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21'
      Invoke-Step56
    }
    57 {
      Write-Line '[57/69] retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget: ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
      Invoke-Step57
    }
    58 {
      Write-Line '[58/69] retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget: ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
      Invoke-Step58
    }
    59 {
      Write-Line '[59/69] retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24'
      Invoke-Step59
    }
    60 {
      Write-Line '[60/69] retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25'
      Invoke-Step60
    }
    61 {
      Write-Line '[61/69] lift-guard-poolws: take the guard taint off poolws'
      Invoke-Step61
    }
    62 {
      Write-Line '[62/69] drain-wspool: cordon wspool, move 0 pods of 0 workloads'
      Invoke-Step62
    }
    63 {
      Write-Line '[63/69] verify-wspool: every moved workload is ready on green'
      Invoke-Step63
    }
    64 {
      Write-Line '[64/69] soak-wspool: 3600 s without a fault on green'
      Invoke-Step64
    }
    65 {
      Write-Line '[65/69] unbalance-wspool: wspool leaves the load balancers and its connections end'
      Invoke-Step65
    }
    66 {
      Write-Line '[66/69] delete-wspool: delete wspool'
      Invoke-Step66
    }
    67 {
      Write-Line '[67/69] restore: take the run''s marks off, restore holds'
      Invoke-Step67
    }
    68 {
      Write-Line '[68/69] prove-wspool: nothing names wspool any more'
      Invoke-Step68
    }
    69 {
      Write-Line '[69/69] final-check: pools, nodes, workloads as planned'
      Invoke-Step69
    }
  }
}

# Takes one step back.
function Undo-Step([int]$Number) {
  switch ($Number) {
    5 { Undo-Step5 }
    8 { Undo-Step8 }
    9 { Undo-Step9 }
    10 { Undo-Step10 }
    11 { Undo-Step11 }
    12 { Undo-Step12 }
    13 { Undo-Step13 }
    14 { Undo-Step14 }
    15 { Undo-Step15 }
    16 { Undo-Step16 }
    17 { Undo-Step17 }
    18 { Undo-Step18 }
    19 { Undo-Step19 }
    20 { Undo-Step20 }
    21 { Undo-Step21 }
    22 { Undo-Step22 }
    23 { Undo-Step23 }
    24 { Undo-Step24 }
    25 { Undo-Step25 }
    26 { Undo-Step26 }
    27 { Undo-Step27 }
    28 { Undo-Step28 }
    29 { Undo-Step29 }
    30 { Undo-Step30 }
    31 { Undo-Step31 }
    32 { Undo-Step32 }
    33 { Undo-Step33 }
    34 { Undo-Step34 }
    35 { Undo-Step35 }
    36 { Undo-Step36 }
    37 { Undo-Step37 }
    38 { Undo-Step38 }
    39 { Undo-Step39 }
    40 { Undo-Step40 }
    41 { Undo-Step41 }
    42 { Undo-Step42 }
    43 { Undo-Step43 }
    44 { Undo-Step44 }
    45 { Undo-Step45 }
    46 { Undo-Step46 }
    47 { Undo-Step47 }
    48 { Undo-Step48 }
    49 { Undo-Step49 }
    50 { Undo-Step50 }
    51 { Undo-Step51 }
    52 { Undo-Step52 }
    53 { Undo-Step53 }
    54 { Undo-Step54 }
    55 { Undo-Step55 }
    56 { Undo-Step56 }
    57 { Undo-Step57 }
    58 { Undo-Step58 }
    59 { Undo-Step59 }
    60 { Undo-Step60 }
    62 { Undo-Step62 }
    default { Write-Line "step $Number leaves nothing to take back, or has no way back" }
  }
}

# Every step with its number.
function Show-Steps {
  Write-Output '  1  preflight: send every write as a dry run'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output '  2  features: features that the target asks for'
  Write-Output '       nothing to do: Windows2022 needs no feature registration'
  Write-Output '  3  hold: hold autoscaler and auto-upgrade'
  Write-Output '       nothing to do: no autoscaler and no auto-upgrade channel is on'
  Write-Output '  4  control-plane: the control plane is new enough for the target'
  Write-Output '       nothing to do: it is new enough'
  Write-Output '  5  create-poolws: create poolws: Windows2022, 3 nodes of Standard_D2s_v3'
  Write-Output '       expected 5 min 5 s; can be taken back'
  Write-Output '  6  ready-poolws: all nodes of poolws are Ready and their DaemonSet pods run'
  Write-Output '       expected 5 min 32 s; can be taken back'
  Write-Output '  7  identity-poolws: 0 identities of wspool''s scale set on poolws''s'
  Write-Output '       nothing to do: the scale set of wspool has no identities of its own'
  Write-Output '  8  pre-pull-poolws: pull 1 new image on poolws and start each once'
  Write-Output '       expected 3 min 18 s; can be taken back'
  Write-Output '  9  canary-0: one pod of nsit''s/Deployment/it''s0'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 10  canary-1: one pod of nssay "hi"/Deployment/say "hi"1'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 11  canary-2: one pod of ns$(touch owned)/Deployment/$(touch owned)2'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 12  canary-3: one pod of ns`touch owned`/Deployment/`touch owned`3'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 13  canary-4: one pod of nsa b c/Deployment/a b c4'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 14  canary-5: one pod of nsline break/Deployment/line break5'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 15  canary-6: one pod of nstab bed/Deployment/tab bed6'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 16  canary-7: one pod of ns-rf/Deployment/-rf7'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 17  canary-8: one pod of ns--output=json/Deployment/--output=json8'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 18  canary-9: one pod of nsEOF/Deployment/EOF9'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 19  canary-10: one pod of nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 20  canary-11: one pod of nsback\slash/Deployment/back\slash11'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 21  canary-12: one pod of ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 22  canary-13: one pod of ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 23  canary-14: one pod of ns; touch owned;/Deployment/; touch owned;14'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 24  canary-15: one pod of ns| tee owned/Deployment/| tee owned15'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 25  canary-16: one pod of ns&& touch owned/Deployment/&& touch owned16'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 26  canary-17: one pod of ns# no comment/Deployment/# no comment17'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 27  canary-18: one pod of ns!history/Deployment/!history18'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 28  canary-19: one pod of ns~root/Deployment/~root19'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 29  canary-20: one pod of nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 30  canary-21: one pod of ns\x202egnp/Deployment/\x202egnp21'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 31  canary-22: one pod of ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 32  canary-23: one pod of ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 33  canary-24: one pod of ns%s%n%d/Deployment/%s%n%d24'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 34  canary-25: one pod of ns@owned/Deployment/@owned25'
  Write-Output '       expected 15 min 30 s; can be taken back'
  Write-Output ' 35  retarget-0-nsit''s/Deployment/it''s0: retarget: nsit''s/Deployment/it''s0'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 36  retarget-1-nssay "hi"/Deployment/say "hi"1: retarget: nssay "hi"/Deployment/say "hi"1'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 37  retarget-2-ns$(touch owned)/Deployment/$(touch owned)2: retarget: ns$(touch owned)/Deployment/$(touch owned)2'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 38  retarget-3-ns`touch owned`/Deployment/`touch owned`3: retarget: ns`touch owned`/Deployment/`touch owned`3'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 39  retarget-4-nsa b c/Deployment/a b c4: retarget: nsa b c/Deployment/a b c4'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 40  retarget-5-nsline break/Deployment/line break5: retarget: nsline break/Deployment/line break5'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 41  retarget-6-nstab bed/Deployment/tab bed6: retarget: nstab bed/Deployment/tab bed6'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 42  retarget-7-ns-rf/Deployment/-rf7: retarget: ns-rf/Deployment/-rf7'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 43  retarget-8-ns--output=json/Deployment/--output=json8: retarget: ns--output=json/Deployment/--output=json8'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 44  retarget-9-nsEOF/Deployment/EOF9: retarget: nsEOF/Deployment/EOF9'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 45  retarget-10-nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10: retarget: nsPOOLSHIFT_END/Deployment/POOLSHIFT_END10'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 46  retarget-11-nsback\slash/Deployment/back\slash11: retarget: nsback\slash/Deployment/back\slash11'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 47  retarget-12-ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112: retarget: ns$HOME ${IFS} $1/Deployment/$HOME ${IFS} $112'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 48  retarget-13-ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13: retarget: ns*?[a-z]{1,2}/Deployment/*?[a-z]{1,2}13'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 49  retarget-14-ns; touch owned;/Deployment/; touch owned;14: retarget: ns; touch owned;/Deployment/; touch owned;14'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 50  retarget-15-ns| tee owned/Deployment/| tee owned15: retarget: ns| tee owned/Deployment/| tee owned15'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 51  retarget-16-ns&& touch owned/Deployment/&& touch owned16: retarget: ns&& touch owned/Deployment/&& touch owned16'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 52  retarget-17-ns# no comment/Deployment/# no comment17: retarget: ns# no comment/Deployment/# no comment17'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 53  retarget-18-ns!history/Deployment/!history18: retarget: ns!history/Deployment/!history18'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 54  retarget-19-ns~root/Deployment/~root19: retarget: ns~root/Deployment/~root19'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 55  retarget-20-nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20: retarget: nsgröße-漢字-🚢/Deployment/größe-漢字-🚢20'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 56  retarget-21-ns\x202egnp/Deployment/\x202egnp21: retarget: ns\x202egnp/Deployment/\x202egnp21'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 57  retarget-22-ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22: retarget: ns<b>&amp;<-b>/Deployment/<b>&amp;<-b>22'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 58  retarget-23-ns[x](javascript:alert)/Deployment/[x](javascript:alert)23: retarget: ns[x](javascript:alert)/Deployment/[x](javascript:alert)23'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 59  retarget-24-ns%s%n%d/Deployment/%s%n%d24: retarget: ns%s%n%d/Deployment/%s%n%d24'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 60  retarget-25-ns@owned/Deployment/@owned25: retarget: ns@owned/Deployment/@owned25'
  Write-Output '       expected 1 min 30 s; can be taken back'
  Write-Output ' 61  lift-guard-poolws: take the guard taint off poolws'
  Write-Output '       expected 8 s; can be taken back'
  Write-Output ' 62  drain-wspool: cordon wspool, move 0 pods of 0 workloads'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output ' 63  verify-wspool: every moved workload is ready on green'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output ' 64  soak-wspool: 3600 s without a fault on green'
  Write-Output '       expected 1 h; can be taken back'
  Write-Output ' 65  unbalance-wspool: wspool leaves the load balancers and its connections end'
  Write-Output '       nothing to do: line break'
  Write-Output ' 66  delete-wspool: delete wspool'
  Write-Output '       expected 54 s; gate delete-wspool; cannot be taken back'
  Write-Output ' 67  restore: take the run''s marks off, restore holds'
  Write-Output '       expected 5 s; can be taken back'
  Write-Output ' 68  prove-wspool: nothing names wspool any more'
  Write-Output '       expected 1 s; can be taken back'
  Write-Output ' 69  final-check: pools, nodes, workloads as planned'
  Write-Output '       expected 1 s; can be taken back'
}

Start-Move
