// node read.mjs SERVER ROOT.JSON DIR TARGET: tuf-js begins with that root, refreshes, finds the target, downloads it and prints its path.
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Updater } from 'tuf-js'

const [server, root, folder, target] = process.argv.slice(2)
const metadataDir = join(folder, 'metadata')
const targetDir = join(folder, 'targets')
mkdirSync(metadataDir, { recursive: true })
mkdirSync(targetDir, { recursive: true })
copyFileSync(root, join(metadataDir, 'root.json'))
const updater = new Updater({ metadataBaseUrl: `${server}/shelf/metadata`, targetBaseUrl: `${server}/shelf/targets`, metadataDir, targetDir, config: { prefixTargetsWithHash: true } })
await updater.refresh()
const info = await updater.getTargetInfo(target)
if (!info) throw new Error(`${target} is not listed`)
console.log(await updater.downloadTarget(info, join(targetDir, 'got')))
