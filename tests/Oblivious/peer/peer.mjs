// @hpke/core and bhttp-js on either side of Oblivious HTTP (RFC 9458); only what joins the two is written here.
//   node peer.mjs ask GATEWAY URL CIPHER          fetches URL through the gateway with cipher 1 or 3: status, type, content in base64
//   node peer.mjs open KEY REQUEST TEXT           opens a sealed request (base64) with a private key (hex): method and URL; then its answer, TEXT with status 200, sealed, in base64
import { createHmac, randomBytes, createCipheriv, createDecipheriv } from 'node:crypto'
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { Chacha20Poly1305 } from '@hpke/chacha20poly1305'
import { BHttpDecoder, BHttpEncoder } from 'bhttp-js'

const ciphers = { 1: { aead: () => new Aes128Gcm(), name: 'aes-128-gcm', key: 16 }, 3: { aead: () => new Chacha20Poly1305(), name: 'chacha20-poly1305', key: 32 } }
const suite = (cipher) => new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: ciphers[cipher].aead() })
const bytes = (text) => new TextEncoder().encode(text)
const info = (header) => Buffer.concat([bytes('message/bhttp request'), Buffer.from([0]), header])
const hmac = (key, data) => createHmac('sha256', key).update(data).digest()
const expand = (prk, label, length) => hmac(prk, Buffer.concat([bytes(label), Buffer.from([1])])).subarray(0, length)

async function answerKeys(context, cipher, enc, nonce) {
  const secret = Buffer.from(await context.export(bytes('message/bhttp response'), ciphers[cipher].key))
  const prk = hmac(Buffer.concat([enc, nonce]), secret)
  return [expand(prk, 'key', ciphers[cipher].key), expand(prk, 'nonce', 12)]
}

async function ask(gateway, url, cipher) {
  const keys = Buffer.from(await (await fetch(`${gateway}/keys`)).arrayBuffer())
  if (keys.readUInt16BE(0) !== keys.length - 2 || keys.readUInt16BE(3) !== 0x20) throw new Error('not one configuration of X25519')
  const header = Buffer.from([keys[2], 0, 0x20, 0, 1, 0, cipher])
  const hpke = suite(cipher)
  const recipientPublicKey = await hpke.kem.deserializePublicKey(keys.subarray(5, 37))
  const context = await hpke.createSenderContext({ recipientPublicKey, info: info(header) })
  const sealed = Buffer.from(await context.seal(await new BHttpEncoder().encodeRequest(new Request(url, { headers: { date: new Date().toUTCString() } }))))
  const enc = Buffer.from(context.enc)
  const response = await fetch(gateway, { method: 'POST', headers: { 'content-type': 'message/ohttp-req' }, body: Buffer.concat([header, enc, sealed]) })
  if (response.status !== 200 || response.headers.get('content-type') !== 'message/ohttp-res') throw new Error(`the gateway says ${response.status}: ${await response.text()}`)
  const answer = Buffer.from(await response.arrayBuffer())
  const length = Math.max(ciphers[cipher].key, 12)
  const [key, iv] = await answerKeys(context, cipher, enc, answer.subarray(0, length))
  const decipher = createDecipheriv(ciphers[cipher].name, key, iv, { authTagLength: 16 })
  decipher.setAuthTag(answer.subarray(-16))
  const inner = new BHttpDecoder().decodeResponse(Buffer.concat([decipher.update(answer.subarray(length, -16)), decipher.final()]))
  console.log(inner.status)
  console.log(inner.headers.get('content-type'))
  console.log(Buffer.from(await inner.arrayBuffer()).toString('base64'))
}

async function open(secret, sealed, text) {
  const request = Buffer.from(sealed, 'base64')
  const header = request.subarray(0, 7), enc = request.subarray(7, 39), cipher = request[6]
  const hpke = suite(cipher)
  const recipientKey = await hpke.kem.importKey('raw', Buffer.from(secret, 'hex'), false)
  const context = await hpke.createRecipientContext({ recipientKey, enc, info: info(header) })
  const asked = new BHttpDecoder().decodeRequest(Buffer.from(await context.open(request.subarray(39))))
  console.log(`${asked.method} ${asked.url}`)
  const nonce = randomBytes(Math.max(ciphers[cipher].key, 12))
  const [key, iv] = await answerKeys(context, cipher, enc, nonce)
  const encipher = createCipheriv(ciphers[cipher].name, key, iv, { authTagLength: 16 })
  const answer = await new BHttpEncoder().encodeResponse(new Response(text, { status: 200, headers: { 'content-type': 'text/plain' } }))
  console.log(Buffer.concat([nonce, encipher.update(Buffer.from(answer)), encipher.final(), encipher.getAuthTag()]).toString('base64'))
}

const [verb, ...rest] = process.argv.slice(2)
await (verb === 'ask' ? ask(rest[0], rest[1], Number(rest[2])) : open(rest[0], rest[1], rest[2]))
